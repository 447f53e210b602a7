# A session taken out of wtmp, and a record of zeros; twin: the session, and one without a terminal, which leaves none.
# Debian 13 has no wtmp.
applies() { [ -s /var/log/wtmp ]; }
own() { ip -4 -o addr show | grep -o '10\.77\.[0-9.]*' | head -1; }
session() { useradd -m -s /bin/bash lab23; ssh-keygen -q -t ed25519 -N '' -f /root/lab23k; mkdir -p /home/lab23/.ssh; cp /root/lab23k.pub /home/lab23/.ssh/authorized_keys; chown -R lab23: /home/lab23/.ssh
  cp -a /var/log/wtmp /root/lab23; ssh -n -tt -i /root/lab23k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "lab23@$(own)" true; ssh -n -i /root/lab23k -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "lab23@$(own)" true; }
cut_out() { python3 -c 'import sys; b = open("/var/log/wtmp", "rb").read(); r = [b[i:i+384] for i in range(0, len(b), 384)]; open("/var/log/wtmp", "wb").write(b"".join(x for x in r if x[44:49] != b"lab23"))'; }
plant() { session; cut_out; }
twin() { session; }
clear() { [ ! -e /root/lab23 ] || mv /root/lab23 /var/log/wtmp; rm -f /root/lab23k /root/lab23k.pub; userdel -r lab23 2>/dev/null; true; }
