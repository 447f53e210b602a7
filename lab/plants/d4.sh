# A program that calls itself a thread of the kernel; twin: a worker of celery, which names itself in brackets too.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { run bash -c 'exec -a "[kworker/0:2]" sleep 600'; }
twin() { run bash -c 'exec -a "[celeryd: celery@web1:ForkPoolWorker-1]" sleep 600'; }
clear() { ended; }
