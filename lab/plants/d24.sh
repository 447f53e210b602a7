# A login taken out of auth.log; twin: all there. Debian 13 has no auth.log.
applies() { [ -s /var/log/auth.log ]; }
plant() { cp -a /var/log/auth.log /root/lab24; n=$(grep -n Accepted /var/log/auth.log | tail -2 | head -1 | cut -d: -f1); sed -i "${n}d" /var/log/auth.log; }
twin() { true; }
clear() { [ ! -e /root/lab24 ] || { cat /root/lab24 > /var/log/auth.log; rm /root/lab24; }; }
