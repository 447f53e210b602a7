# A web server with a shell that started something in /tmp; twin: one that sends a mail through a shell.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
server() { cp /usr/bin/python3 /usr/local/sbin/nginx; run /usr/local/sbin/nginx -c "import subprocess; subprocess.run(['sh', '-c', '$1; :'])"; }
plant() { cp /bin/sleep /tmp/lab8; server '/tmp/lab8 600'; }
twin() { server 'sleep 40'; }
clear() { ended; pkill -9 -f lab8; rm -f /tmp/lab8 /usr/local/sbin/nginx; }
