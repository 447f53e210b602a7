# A program in /var/tmp that speaks to the internet; twin: a program of a package does.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
talk='import socket, time; c = socket.create_connection(("198.51.100.9", 8443)); time.sleep(600)'
other() { ip addr add 198.51.100.9/32 dev lo; run python3 -c 'import socket, time; s = socket.create_server(("198.51.100.9", 8443)); c = s.accept(); time.sleep(600)'; sleep 2; }
plant() { other; cp /usr/bin/python3 /var/tmp/.py; run /var/tmp/.py -c "$talk"; }
twin() { other; run python3 -c "$talk"; }
clear() { ended; ip addr del 198.51.100.9/32 dev lo; rm -f /var/tmp/.py; }
