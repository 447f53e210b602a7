# A module that is loaded and not in the list; twin: the same module in the list.
applies() { modprobe dummy 2>/dev/null; }
plant() { modprobe dummy; grep -v '^dummy ' /proc/modules > /root/modules; mount --bind /root/modules /proc/modules; }
twin() { modprobe dummy; }
clear() { umount /proc/modules; modprobe -r dummy; rm -f /root/modules; }
