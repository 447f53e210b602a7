# A job that starts something hidden; twin: the owner's own backup.
plant() { echo '@reboot root /dev/shm/.x/run' > /etc/cron.d/lab13; }
twin() { printf '0 3 * * * root tar czf /tmp/home.tgz /home\n0 4 * * * root rsync -e ssh -a /srv backup.example:/srv\n' > /etc/cron.d/lab13
         printf '[Service]\nEnvironmentFile=/srv/app/.env\nExecStart=/opt/app/bin/app --temporary /tmp/app\n' > /etc/systemd/system/lab13.service; }
clear() { rm -f /etc/cron.d/lab13 /etc/systemd/system/lab13.service; }
