# A library forced upon every program; twin: a file that only holds a comment.
plant() { cp /usr/lib/x86_64-linux-gnu/libdl.so.2 /usr/local/lib/libsel.so.1; echo /usr/local/lib/libsel.so.1 > /etc/ld.so.preload; }
twin() { echo '# none' > /etc/ld.so.preload; }
clear() { rm -f /etc/ld.so.preload /usr/local/lib/libsel.so.1; }
