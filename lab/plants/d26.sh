# Somebody unknown from an unknown address; twin: the login that is known here already.
own() { ip -4 -o addr show | grep -o '10\.77\.[0-9.]*' | head -1; }
# The logins of plants before this one are none of its own.
begin() { date +%s > /root/lab26.began; }
since() { echo "$(( $(date +%s) - $(cat /root/lab26.began) ))s"; }
plant() { begin; useradd -m -s /bin/bash lab26; ssh-keygen -q -t ed25519 -N '' -f /root/lab26; mkdir -p /home/lab26/.ssh; cp /root/lab26.pub /home/lab26/.ssh/authorized_keys; chown -R lab26: /home/lab26/.ssh
  ssh -n -i /root/lab26 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "lab26@$(own)" true 2>/dev/null; }
twin() { begin; }
clear() { rm -f /root/lab26 /root/lab26.pub /root/lab26.began; userdel -r lab26 2>/dev/null; true; }
