# A key for the web server's account; twin: one for a person.
key() { ssh-keygen -q -t ed25519 -N '' -f /root/lab12; cat /root/lab12.pub; }
plant() { mkdir -p /var/www/.ssh; key > /var/www/.ssh/authorized_keys; }
twin() { useradd -m -s /bin/bash lab12; mkdir -p /home/lab12/.ssh; key > /home/lab12/.ssh/authorized_keys; }
clear() { rm -rf /var/www/.ssh /root/lab12 /root/lab12.pub; userdel -r lab12 2>/dev/null; true; }
