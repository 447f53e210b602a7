# A record of zeros in wtmp; twin: a session without a terminal, which leaves none. Debian 13 has no wtmp.
applies() { [ -s /var/log/wtmp ]; }
plant() { cp -a /var/log/wtmp /root/lab23; dd if=/dev/zero of=/var/log/wtmp bs=384 count=1 conv=notrunc status=none; }
twin() { runuser -u nobody -- true; }
clear() { [ ! -e /root/lab23 ] || mv /root/lab23 /var/log/wtmp; }
