# A file taken out of the middle of the journal; twin: the oldest removed for want of room.
fill() { mkdir -p /var/log/journal; journalctl --flush; for n in 1 2 3 4; do for m in $(seq 20); do logger "lab22 $n $m"; done; journalctl --sync; journalctl --rotate; done; }
archived() { ls -tr /var/log/journal/*/system@*.journal; }
plant() { fill; cp -a "$(archived | tail -2 | head -1)" /root/lab22; archived | tail -2 | head -1 > /root/lab22.path; rm "$(cat /root/lab22.path)"; }
twin() { fill; }
clear() { [ ! -e /root/lab22 ] || mv /root/lab22 "$(cat /root/lab22.path)"; rm -f /root/lab22.path; }
