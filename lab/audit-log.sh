#!/usr/bin/env bash
# Makes real audit logs by real actions on a lab server: people log in by ssh well and badly, with and
# without a terminal, become root, add users, change passwords and cron, and start programs.
#
#   LAB=path/to/lab lab/audit-log.sh NAME SUITE DIR [EXECS]
#
# NAME is a server that is up. DIR/SUITE-enriched.log, -raw.log and -node.log are what auditd wrote in
# these formats, DIR/SUITE-rotated/ is a log in several files. Those in crates/audit/tests/data were
# made with EXECS=400 (compressed with zstd -19), for the large figures it is 20000.
set -euo pipefail

LAB=${LAB:-lab}
name=${1:?lab/audit-log.sh NAME SUITE DIR [EXECS]} suite=${2:?SUITE} dir=${3:?DIR} execs=${4:-400}
mkdir -p "$dir"

on() { "$LAB" ssh "$name" "$@"; }

on 'cat > /root/story.sh' <<'STORY'
set -u
execs=$1
quietly() { "$@" >/dev/null 2>&1 || true; }

# -- who is here
quietly useradd -m -s /bin/bash ann
quietly useradd -m -s /bin/bash -c 'Bob, with a long comment' bob
quietly groupadd staff2
quietly usermod -aG staff2,sudo bob
quietly usermod -L ann
quietly usermod -U ann
echo 'ann:correct horse' | chpasswd
printf 'new secret\nnew secret\n' | quietly passwd bob
echo 'bob:battery staple' | chpasswd
quietly chage -M 90 bob
quietly gpasswd -a ann staff2
echo 'ann ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ann
[ -f /root/key ] || ssh-keygen -q -t ed25519 -N '' -f /root/key
install -d -m 700 -o ann -g ann /home/ann/.ssh
install -m 600 -o ann -g ann /root/key.pub /home/ann/.ssh/authorized_keys
printf '#!/bin/sh\necho "${ASKED:-correct horse}"\n' > /root/askpass; chmod 755 /root/askpass
printf 'PasswordAuthentication yes\nMaxStartups 100\n' > /etc/ssh/sshd_config.d/lab.conf
sshd -T 2>/dev/null | grep -qi persourcepenalties && echo 'PerSourcePenalties no' >> /etc/ssh/sshd_config.d/lab.conf
quietly systemctl reload ssh

# -- what is watched
auditctl -D >/dev/null
for rule in \
  '-w /etc/passwd -p wa -k identity' '-w /etc/shadow -p wa -k identity' '-w /etc/group -p wa -k identity_changes' \
  '-w /etc/sudoers.d -p wa -k sudoers' '-w /usr/bin/sudo -p x -k sudo_usage' '-w /usr/bin/su -p x -k su_usage' \
  '-w /etc/cron.d -p wa -k cron' '-w /var/spool/cron/crontabs -p wa -k cron' '-w /home -p wa -k home' \
  '-w /home/ann/.ssh/authorized_keys -p wa -k ssh_keys' \
  '-a always,exit -F arch=b64 -S execve -F exe=/usr/bin/true -k exec' \
  '-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -k setuid' \
  '-a always,exit -F arch=b64 -S openat -F success=0 -F auid>=1000 -F auid!=unset -k denied -k two' \
  '-a always,exit -F arch=b64 -S connect,bind,sendto -F auid>=1000 -F auid!=unset -k net' \
  '-a always,exit -F arch=b64 -S kill,ptrace,setuid,prctl,mount,umount2 -F auid>=1000 -F auid!=unset -k odd' \
  '-a always,exit -F arch=b64 -S chmod,fchmodat,chown,fchownat,mkdirat,mkdir,symlink,rename,unlinkat -F dir=/srv -k perm' \
  '-a always,exit -F arch=b32 -S getpid -k old' \
  '-a always,exit -F arch=b64 -S socketpair,pipe2,mmap -F exe=/usr/bin/python3 -F uid=1000 -k pair' \
  '-a always,exit -F arch=b64 -S msgctl,shmctl,semctl,capset,init_module,finit_module,clone -F auid>=1000 -F auid!=unset -k ipc'
do auditctl $rule >/dev/null || echo "not loaded: $rule" >&2; done
ls -l /usr/bin/python3 >/dev/null

# -- logins
ssh_as() { timeout 60 ssh -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=20 -o NumberOfPasswordPrompts=1 "$@" </dev/null >/dev/null 2>&1 || true; }
key() { ssh_as -i /root/key -o BatchMode=yes "$@"; }
word() { SSH_ASKPASS=/root/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=x ssh_as -o PubkeyAuthentication=no "$@"; }
key ann@127.0.0.1 'id; cat /etc/shadow; ls /root; sudo -n id; sudo -n cat /etc/shadow'
key -tt ann@127.0.0.1 'id; tty; sudo id'
key -o AddressFamily=inet6 ann@::1 'echo six'
word ann@127.0.0.1 'id'
word -tt bob@127.0.0.1 'id'
ASKED='battery staple' word -tt bob@127.0.0.1 'echo hello; sudo -n id; echo wrong | sudo -S id; su -c id </dev/null'
ASKED=wrong word ann@127.0.0.1 id
ASKED=wrong word root@127.0.0.1 id
word nobody-here@127.0.0.1 id
word 'strange name'@127.0.0.1 id
word 'ann"x'@127.0.0.1 id
printf 'put /etc/hostname /home/ann/host name\n' | quietly timeout 60 sftp -q -b - -i /root/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ann@127.0.0.1

# -- becoming someone
su - ann -c 'id; cat /etc/shadow; touch "/home/ann/with space" /home/ann/größe; rm -f "/home/ann/with space"' >/dev/null 2>&1
su ann -c 'sudo -u bob id; sudo -n ls /root; sudo sh -c "echo a b; id"' >/dev/null 2>&1
quietly su nobody -s /bin/sh -c 'su - root </dev/null'
echo '* * * * * root /usr/bin/true' > /etc/cron.d/lab; chmod 644 /etc/cron.d/lab
echo '5 4 * * * /usr/bin/true' | quietly crontab -u ann -
quietly crontab -u ann -r
echo '# more' >> /home/ann/.ssh/authorized_keys
mv /home/ann/.ssh /home/ann/.ssh_old; install -d -m 700 -o ann -g ann /home/ann/.ssh; cp /root/key.pub /home/ann/.ssh/authorized_keys
rm -rf /home/ann/.ssh_old; chown -R ann: /home/ann/.ssh

# -- odd things
cat > /tmp/odd.py <<'ODD'
import ctypes, mmap, os, signal, socket, subprocess, sys, tempfile
def quietly(f):
    try: f()
    except Exception as e: print(e, file=sys.stderr)
def tcp4():
    s = socket.socket(); s.settimeout(1); s.connect(("127.0.0.1", 22)); s.close()
def tcp6():
    s = socket.socket(socket.AF_INET6); s.settimeout(1); s.connect(("::1", 22)); s.close()
def refused():
    s = socket.socket(); s.settimeout(1); s.connect(("127.0.0.1", 9)); s.close()
def unix():
    s = socket.socket(socket.AF_UNIX); s.connect("/run/nothing here"); s.close()
def abstract():
    s = socket.socket(socket.AF_UNIX); s.bind("\0abstract"); s.close()
def netlink():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.bind((0, 0)); s.close()
def bind():
    s = socket.socket(); s.bind(("0.0.0.0", 0)); s.close()
def killed():
    p = subprocess.Popen(["/bin/sleep", "100"]); os.kill(p.pid, signal.SIGTERM); p.wait()
def pair():
    a, b = socket.socketpair(); a.close(); b.close(); a, b = os.pipe2(os.O_CLOEXEC); os.close(a); os.close(b)
def mapped():
    with tempfile.TemporaryFile() as f:
        f.truncate(4096); mmap.mmap(f.fileno(), 4096).close()
def old():
    code = bytes.fromhex("53b814000000cd805bc3")   # getpid by the 32 bit gate
    m = mmap.mmap(-1, 4096, prot=7); m.write(code)
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()
def prctl():
    ctypes.CDLL(None).prctl(15, b"new name", 0, 0, 0)
def opens():
    for path, flags in (("/etc/shadow", os.O_RDONLY), ("/root/x", os.O_RDWR | os.O_CREAT), ("/nowhere/at all", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW), ("relative \n name", os.O_RDONLY)):
        quietly(lambda: os.open(path, flags, 0o640))
def args():
    for more in (["a b", "c\"d", "e'f"], ["gr\u00fc\u00df", "\x01\x1b[31m"], ["", "x" * 300], ["y" * 9000], ["n\nl"], [str(n) for n in range(60)]):
        subprocess.call(["/usr/bin/true"] + more)
for f in (tcp4, tcp6, refused, unix, abstract, netlink, bind, killed, pair, mapped, old, prctl, opens, args): quietly(f)
ODD
chmod 644 /tmp/odd.py
key ann@127.0.0.1 'python3 /tmp/odd.py; ipcmk -M 100; ipcrm -M 1; ipcs; ipcrm -a; setpriv --no-new-privs /usr/bin/true; mount -t tmpfs x /mnt; kill -0 1; cd /tmp; cat "no such"'
key ann@127.0.0.1 'sudo mount -t tmpfs x /mnt; sudo umount /mnt; sudo modprobe dummy; sudo rmmod dummy; sudo setpriv --inh-caps -chown /usr/bin/true; sudo kill -0 1; sudo sysctl -w kernel.domainname=x'
python3 /tmp/odd.py >/dev/null 2>&1
mkdir -p /srv/a; touch /srv/a/one '/srv/a/two three'; ln -s /etc/passwd /srv/a/link; chmod 4755 /srv/a/one; chown ann:bob '/srv/a/two three'; mv /srv/a/one /srv/a/four; rm -rf /srv/a
sh -c 'kill -SEGV $$' 2>/dev/null
ip link set eth1 promisc on; ip link set eth1 promisc off
nft add table inet lab; nft delete table inet lab
quietly systemctl restart cron
auditctl -m 'a word from "the owner"' >/dev/null
quietly date -s '+0 sec'
quietly userdel -r bob
quietly groupdel staff2

# -- programs, several at once
one() { local i; for i in $(seq "$1"); do /usr/bin/true "$2" "$i" "--name=value $i"; done; }
one $((execs / 4)) a & one $((execs / 4)) b & one $((execs / 4)) c & one $((execs / 4)) d & wait
quietly userdel -r ann
rm -f /etc/sudoers.d/ann /etc/cron.d/lab
sleep 4
STORY

# A log of its own for each format, begun and ended by auditd itself.
tell() {
  local format=$1 names=$2 to=$3
  on "sed -i 's/^log_format.*/log_format = $format/; s/^name_format.*/name_format = $names/; s/^max_log_file =.*/max_log_file = 500/' /etc/audit/auditd.conf;
      service auditd stop 2>/dev/null || systemctl stop auditd 2>/dev/null || kill \$(cat /run/auditd.pid); sleep 1
      rm -f /var/log/audit/*; systemctl start auditd; sleep 1; bash /root/story.sh $4; auditctl -D >/dev/null"
  [ "$to" = rotated ] || on 'cat /var/log/audit/audit.log' > "$dir/$suite-$to.log"
}

tell ENRICHED NONE enriched "$execs"
tell RAW NONE raw "$execs"
tell ENRICHED HOSTNAME node $((execs / 8))
# Some files of one log: auditd turns the page in the midst of things.
on 'sed -i "s/^name_format.*/name_format = NONE/" /etc/audit/auditd.conf; kill -HUP $(pidof auditd); sleep 1
    (for i in 1 2 3; do sleep 12; kill -USR1 $(pidof auditd); done) & bash /root/story.sh 40; wait'
mkdir -p "$dir/$suite-rotated"
on 'tar -C /var/log/audit -c .' | tar -x -C "$dir/$suite-rotated"
on 'auditctl -D; uname -r; cat /etc/passwd' > "$dir/$suite-about.txt"
ls -l "$dir"/"$suite"*
