# The kernel is told to start a program as root whenever something crashes; twin: the owner's own collector of cores.
plant() { echo '|/var/tmp/.cores %P' > /proc/sys/kernel/core_pattern; }
twin() { printf '#!/bin/sh\n' > /usr/local/bin/cores; chmod +x /usr/local/bin/cores; echo '|/usr/local/bin/cores %P' > /proc/sys/kernel/core_pattern; }
clear() { echo core > /proc/sys/kernel/core_pattern; rm -f /usr/local/bin/cores; }
