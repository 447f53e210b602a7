# A shell with root's bit; twin: a file that only inherited a group's bit.
plant() { cp /bin/dash /var/tmp/.cache; chmod 4755 /var/tmp/.cache; }
twin() { mkdir -p /srv/lab14; chmod 2775 /srv/lab14; echo x > /srv/lab14/notes; chmod 2664 /srv/lab14/notes; }
clear() { rm -rf /var/tmp/.cache /srv/lab14; }
