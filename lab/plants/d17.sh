# Something that listens, on the network and locally, and lies in /tmp; twin: python itself.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
listen='import socket, time; s = socket.create_server(("0.0.0.0", 8181)); u = socket.socket(socket.AF_UNIX); u.bind("/tmp/.lab17"); u.listen(); time.sleep(600)'
plant() { cp /usr/bin/python3 /tmp/.py; run /tmp/.py -c "$listen"; }
twin() { run python3 -c "$listen"; }
clear() { ended; rm -f /tmp/.py /tmp/.lab17; }
