# A daemon that runs from /dev/shm; twin: one from /opt.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { mkdir -p /dev/shm/.x; cp /bin/sleep /dev/shm/.x/agent; run /dev/shm/.x/agent 600; }
twin() { mkdir -p /opt/app; cp /bin/sleep /opt/app/agent; run /opt/app/agent 600; }
clear() { ended; rm -rf /dev/shm/.x /opt/app; }
