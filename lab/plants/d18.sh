# A program of no package that reads every packet; twin: the same by a program of a package.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
sniff='import socket, time; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); time.sleep(600)'
plant() { cp /usr/bin/python3 /opt/agent; run /opt/agent -c "$sniff"; }
twin() { run python3 -c "$sniff"; }
clear() { ended; rm -f /opt/agent; }
