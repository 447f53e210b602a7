# Tries, and then a login; twin: tries alone.
own() { ip -4 -o addr show | grep -o '10\.77\.[0-9.]*' | head -1; }
tries() { [ -f /root/lab27b ] || ssh-keygen -q -t ed25519 -N '' -f /root/lab27b; for n in 1 2 3 4 5 6 7 8 9 10 11 12; do ssh -n -i /root/lab27b -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "admin27@$(own)" true 2>/dev/null; done; true; }
plant() { useradd -m -s /bin/bash lab27; tries; ssh-keygen -q -t ed25519 -N '' -f /root/lab27; mkdir -p /home/lab27/.ssh; cp /root/lab27.pub /home/lab27/.ssh/authorized_keys; chown -R lab27: /home/lab27/.ssh
  ssh -n -i /root/lab27 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "lab27@$(own)" true 2>/dev/null; }
twin() { tries; }
clear() { rm -f /root/lab27 /root/lab27.pub /root/lab27b /root/lab27b.pub; userdel -r lab27 2>/dev/null; true; }
