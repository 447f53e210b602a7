# A module of PAM that no package owns; twin: a tool in /usr/local.
plant() { cp /bin/true /usr/lib/x86_64-linux-gnu/security/pam_lab.so; }
twin() { cp /bin/true /usr/local/bin/kubectl; }
clear() { rm -f /usr/lib/x86_64-linux-gnu/security/pam_lab.so /usr/local/bin/kubectl; }
