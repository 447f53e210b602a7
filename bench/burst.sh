#!/bin/sh
# 5,000 program starts under one audit rule: who hears them all, and the CPU seconds of each listener.
# To be run as root on a lab server with auditd, nightkeep (audit on) and, to compare, laurel as auditd's plugin:
# its rules are replaced. Prints CPU seconds and how many events the live watch and the log have.
set -eu
cpu() { awk '{ print ($14 + $15) / 100 }' "/proc/$1/stat"; }
listeners() {
    echo "nightkeep $(systemctl show -p MainPID --value nightkeep)"
    echo "auditd $(pidof auditd)"
    echo "watch $watch"
    pidof laurel >/dev/null && echo "laurel $(pidof laurel)"
    return 0
}
auditctl -D >/dev/null
auditctl -b 8192 >/dev/null
auditctl -a always,exit -F arch=b64 -S execve -F exe=/usr/bin/true -k burst >/dev/null
folder=$(mktemp -d)
nightkeep audit watch --json >"$folder/watch.json" &
watch=$!
sleep 3
listeners | while read -r name pid; do echo "$name $pid $(cpu "$pid")"; done >"$folder/before"
python3 -c '
import subprocess
for number in range(5000):
    subprocess.run(["/usr/bin/true", f"burst{number}"])'
sleep 20
while read -r name pid before; do
    echo "$name: $(echo "$(cpu "$pid") $before" | awk '{ print $1 - $2 }') CPU s"
done <"$folder/before"
kill "$watch"
echo "live watch: $(grep -o 'burst[0-9][0-9]*' "$folder/watch.json" | sort -u | wc -l) of 5000, $(grep -c burst[0-9] "$folder/watch.json") lines"
echo "log: $(ausearch -k burst --raw </dev/null | grep -c type=SYSCALL) system calls"
auditctl -s | grep -E 'lost|backlog '
rm -r "$folder"
