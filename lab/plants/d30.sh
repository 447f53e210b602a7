# fail2ban stopped; twin: started again.
plant() { systemctl stop fail2ban; }
twin() { systemctl restart fail2ban; }
clear() { systemctl start fail2ban; sleep 3; }
