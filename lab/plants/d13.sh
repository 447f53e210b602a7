# A job that starts something hidden; twin: the owner's own backup.
plant() { echo '@reboot root /dev/shm/.x/run' > /etc/cron.d/lab13; }
twin() { echo '0 3 * * * root tar czf /tmp/home.tgz /home' > /etc/cron.d/lab13
         printf '[Service]\nExecStart=/opt/app/bin/app --temporary /tmp/app\n' > /etc/systemd/system/lab13.service; }
clear() { rm -f /etc/cron.d/lab13 /etc/systemd/system/lab13.service; }
