# A program removed while it runs; twin: one that was replaced by a newer one, as by an upgrade.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { cp /bin/sleep /var/tmp/lab1; run /var/tmp/lab1 600; sleep 1; rm /var/tmp/lab1; }
twin() { cp /bin/sleep /usr/local/bin/lab1; run /usr/local/bin/lab1 600; sleep 1; cp /bin/sleep /usr/local/bin/lab1.new; mv /usr/local/bin/lab1.new /usr/local/bin/lab1; }
clear() { ended; rm -f /var/tmp/lab1 /usr/local/bin/lab1; }
