# A miner; twin: somebody reads its log.
run() { setsid "$@" >/dev/null 2>&1 </dev/null & echo $! >> /root/pids; }
ended() { [ -f /root/pids ] && kill -9 $(cat /root/pids) 2>/dev/null; rm -f /root/pids; }
plant() { mkdir -p /opt/x; cp /bin/sleep /opt/x/xmrig; run /opt/x/xmrig 600; }
twin() { touch /var/log/xmrig.log; run tail -f /var/log/xmrig.log; }
clear() { ended; rm -rf /opt/x /var/log/xmrig.log; }
