# A program that was altered; twin: a file of configuration the owner edited.
plant() { cp -a /usr/bin/clear /root/lab15; echo >> /usr/bin/clear; }
twin() { echo '# lab' >> /etc/default/cron; }
clear() { [ ! -e /root/lab15 ] || mv /root/lab15 /usr/bin/clear; sed -i '/^# lab$/d' /etc/default/cron; }
