# A program that is only in memory; twin: one that keeps data in memory that way.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { run python3 -c 'import os; fd = os.memfd_create("x"); os.write(fd, open("/bin/sleep", "rb").read()); os.execv(f"/proc/self/fd/{fd}", ["agent", "600"])'; }
twin() { run python3 -c 'import os, time; fd = os.memfd_create("cache"); os.write(fd, b"data"); time.sleep(600)'; }
clear() { ended; }
