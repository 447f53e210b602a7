# The web server's first sudo; twin: that of a person.
since() { echo 30s; }
first() { useradd -m lab28 2>/dev/null; echo 'lab28, www-data ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/lab28; chmod 440 /etc/sudoers.d/lab28
  sudo -u nobody true; sleep 40; }
plant() { first; runuser -u www-data -- sudo -n true; }
twin() { first; runuser -u lab28 -- sudo -n true; }
clear() { rm -f /etc/sudoers.d/lab28; userdel -r lab28; }
