# A process hidden by a mount over its folder; twin: processes that come and go all the time.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { run sleep 600; mount -t tmpfs none /proc/$(tail -1 /root/pids); }
twin() { run bash -c 'while true; do /bin/true; done'; }
clear() { for p in $(cat /root/pids); do umount /proc/$p 2>/dev/null; done; ended; }
