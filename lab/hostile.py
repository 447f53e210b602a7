#!/usr/bin/env python3
"""A server on which everything that triage reads was made to hang it, to make it fall, or to be shown.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/hostile.py [SUITE]

A filesystem that never answers lies over a user's keys and in /srv, pipes and endless files where logs were, links
lead in circles, processes come and go all the time, and names of files, processes, users and keys are escapes, ends
of lines, markup and a megabyte long. Every command has to end in its time, to say what it could not see, and to show
nothing that a terminal or a browser would obey. KEEP=1 leaves the server up, AGAIN=1 takes it as it is, and LONGEST
is how many seconds a command may take (400; more where the machine is busy).
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("WEB", "hostile1")
from story import BINARY, ROOT, WEB, Server, lab  # noqa: E402

# Escapes, an end of a line, what turns the direction of text, markup.
EVIL = r"\033[2J\033]0;x\007<script>alert(1)</script>\r\342\200\256"
# A filesystem that is mounted and never answered: every look at it waits until it is killed.
FUSE = """
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
for place in sys.argv[1:]:
    os.makedirs(place, exist_ok=True)
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"none", place.encode(), b"fuse", 0, options):
        sys.exit(os.strerror(ctypes.get_errno()))
time.sleep(3600)
"""
# Processes with names and arguments made to be shown.
NAMED = """
import ctypes, os, sys, time
evil = b"\\x1b[2J\\x1b]0;x\\x07<b>\\r\\n"
for name in (evil, b"sshd: root@pts/0\\n", b"[kworker/0:1]"):
    if not os.fork():
        ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
        time.sleep(3600)
os.execv("/usr/bin/python3", [evil * 3000, "-c", "import time; time.sleep(3600)", evil, "x" * 100000])
"""
PLANTS = [
    "modprobe fuse",
    "useradd -m -s /bin/bash ann",
    "systemd-run --quiet --collect python3 /root/fuse.py /home/ann/.ssh /srv/hang /var/www/.ssh",
    "systemd-run --quiet --collect python3 /root/named.py",
    "systemd-run --quiet --collect bash -c 'while :; do /bin/true; sleep 0.05; done'",
    f"""printf '* * * * * root /tmp/{EVIL}\\n' > "/etc/cron.d/$(printf '{EVIL.replace("/", "_")}\\nnew')" """,
    f"""mkdir -p /root/.ssh; printf 'command="{EVIL}" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDKHcOFDlRGaIkZfbcdVLUE0wgKSLz8/KNKYm8n5q+u {EVIL}\\n' >> /root/.ssh/authorized_keys""",
    "head -c 1000000 /dev/zero | tr '\\0' x >> /root/.ssh/authorized_keys; echo >> /root/.ssh/authorized_keys",
    f"""printf '{EVIL}:x:1666:1666::/home/x:/bin/bash\\n' >> /etc/passwd""",
    f"""logger -t sshd "$(printf 'Accepted publickey for {EVIL} from 203.0.113.7 port 22 ssh2')" """,
    f"""python3 -c 'import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect("/dev/log"); s.send(b"<38>sudo: ann : TTY=x ; PWD=/ ; USER=root ; COMMAND=" + b"\\x1b[2J<script>" * 4000)' """,
    f"""runuser -u ann -- sudo -n "$(printf '{EVIL}')" 2>/dev/null""",
    f"""ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no "$(printf 'a<b>')@$(hostname -I | tr ' ' '\\n' | grep 10.77)" true 2>/dev/null""",
    "mkfifo /etc/cron.d/pipe /etc/sudoers.d/pipe /root/.bashrc2; rm -f /home/ann/.bashrc /etc/rc.local; mkfifo /home/ann/.bashrc /etc/rc.local",
    "systemctl stop fail2ban; rm -f /var/log/fail2ban.log /var/log/lastlog; mkfifo /var/log/fail2ban.log /var/log/lastlog",
    "truncate -s 10G /var/log/auth.log.1 /var/log/apt/history.log /usr/bin/endless /var/log/dpkg.log; chmod 4755 /usr/bin/endless",
    "ln -s loop /etc/cron.d/loop; mkdir -p /srv/deep; ln -s /srv/deep /srv/deep/deeper; ln -s / /srv/all",
    """cd /srv; for n in $(seq 200); do mkdir -p d; cd d; done; touch end""",
    """mkdir -p /srv/many; python3 -c 'for n in range(30000): open(f"/srv/many/{n}", "w")'""",
    "mkfifo /var/log/journal/pipe.journal 2>/dev/null; mkdir -p /var/log/journal/0123456789abcdef0123456789abcdef; printf LPKSHHRHx > /var/log/journal/0123456789abcdef0123456789abcdef/system.journal",
    "for n in $(seq 3000); do echo \"line $n of very many\"; done | logger -t flood",
]
COMMANDS = [
    "nightkeep triage --all --since 1d",
    "nightkeep triage --json --no-record --since 1d",
    "nightkeep triage --no-record --bundle /root/bundle --since 1d",
    "nightkeep timeline --since 1d",
    "nightkeep timeline --format jsonl --since 1d",
    "nightkeep timeline --format csv --since 1d",
    "nightkeep timeline --format bodyfile --since 1d",
    "nightkeep incident show",
    "nightkeep incident export",
    "nightkeep incident export --format html",
    "nightkeep baseline diff",
    "nightkeep rebuild plan /root/plan",
]
# A server under emulation takes its time; the steps' own deadlines are 45 s each.
LONGEST = int(os.environ.get("LONGEST", "400"))


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    web = Server(WEB, suite)
    wrong = []
    try:
        web.run("mkdir -p /root/nk")
        web.push(BINARY, "/root/nk/nightkeep")
        web.push(ROOT / "packaging", "/root/nk/")
        web.run("rm -rf /root/bundle /root/plan; cd /root/nk && sh packaging/install.sh ./nightkeep >/dev/null 2>&1; systemctl stop nightkeep")
        for name, text in (("fuse.py", FUSE), ("named.py", NAMED)):
            Path(f"/tmp/{name}").write_text(text)
            web.push(f"/tmp/{name}", "/root/")
        for plant in [] if os.environ.get("AGAIN") else PLANTS:
            web.run(plant, check=False)
        print(web.run("grep fuse /proc/mounts", check=False))
        for command in COMMANDS:
            begin = time.monotonic()
            out = web.run(f"timeout -s KILL {LONGEST} {command} > /tmp/out 2>/tmp/err; echo $?; wc -c < /tmp/out", check=False).split()
            if len(out) < 2:
                wrong.append(f"{command}: the server does not answer any more")
                break
            code, size = int(out[-2]), int(out[-1])
            said = base64.b64decode(web.run("cat /tmp/out /tmp/err | base64 -w0", check=False))
            print(f"{command}: {code}, {size} bytes, {time.monotonic() - begin:.0f} s", flush=True)
            if code not in (0, 1, 2, 3):
                wrong.append(f"{command} ended with {code}: {said[-2000:]!r}")
            text = said.decode("utf-8", "replace").replace("\r\n", "\n") if "csv" in command else said.decode("utf-8", "replace")
            bad = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
            if bad:
                wrong.append(f"{command} shows {text[max(0, bad.start() - 80):bad.end() + 40]!r}")
            if "html" in command and "<script" in text:
                wrong.append(f"{command} has a script")
            if "--json" in command:
                report = json.loads(text[text.index("{"):text.rindex("}") + 1])
                unseen = " ".join(report["verdict"]["unseen"])
                for what in ("/home/ann/.ssh", "/srv/hang"):
                    if what not in unseen:
                        wrong.append(f"not said to be unseen: {what}: {unseen}")
                ids = {found["id"] for found in report["findings"]}
                print(report["verdict"]["answer"], sorted(ids), unseen)
                if not {"D11", "D12", "D13", "D14"} <= ids:
                    wrong.append(f"not found: {ids}")
        with tempfile.TemporaryDirectory() as folder:
            lab("pull", WEB, "/root/bundle", folder)
            verify = "cd bundle && sha256sum -c *.sha256 && tar --zstd -xf *.zst && cd */ && sha256sum --quiet -c SHA256SUMS"
            done = subprocess.run(["sh", "-c", verify], cwd=folder, capture_output=True, text=True)
            print("the bundle:", done.stdout.strip(), done.stderr.strip()[:2000])
            if done.returncode:
                wrong.append(f"the bundle does not verify: {done.stderr[:500]}")
    finally:
        if not os.environ.get("KEEP"):
            lab("down", WEB)
    if wrong:
        sys.exit("\n".join(["wrong:"] + wrong))
    print(f"== all well on {suite}")


if __name__ == "__main__":
    main()
