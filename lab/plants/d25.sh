# A history that keeps nothing; twin: one that is empty.
plant() { ln -sf /dev/null /root/.bash_history; }
twin() { rm -f /root/.bash_history; touch /root/.bash_history; }
clear() { rm -f /root/.bash_history; }
