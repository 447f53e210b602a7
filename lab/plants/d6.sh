# A program of nobody that calls itself sshd; twin: an own python by its own name.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
own() { mkfifo /root/lab6; cp /bin/bash $1; run $1 -c 'printf '$2' > /proc/self/comm; read x < /root/lab6'; }
plant() { own /var/tmp/lab6 sshd; }
twin() { own /usr/local/bin/python3.99 python3.99; }
clear() { ended; rm -f /root/lab6 /var/tmp/lab6 /usr/local/bin/python3.99; }
