#!/usr/bin/env python3
"""The story of the spine on a real server: each trouble is told once, each recovery once, on a
real SMTP server and a real webhook; nothing is told while nothing is wrong.

    LAB=path/to/lab lab/spine.py [SUITE [TROUBLE...]]

SUITE is bookworm or trixie; TROUBLEs are the functions below marked @trouble, all of them unless
named. QUIET=3600 watches a quiet server for an hour first (default 120 seconds). The release binary
is taken from target/release (cargo build --release) or NIGHTKEEP. Two servers are booted and
dropped again; KEEP=1 leaves them up, and
another run takes those that are.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = os.environ.get("LAB") or sys.exit("set LAB to the path of the lab tool")
BINARY = os.environ.get("NIGHTKEEP", ROOT / "target/release/nightkeep")
QUIET = int(os.environ.get("QUIET", "120"))
# Servers under software emulation are slow; nothing takes this long when all is well.
PATIENCE = 300
TROUBLES = []

CONFIG = """
host = "web1"
interval = "5s"

[channel.mail]
type = "smtp"
server = "mail.lab"
port = 587
security = "starttls"
from = "nightkeep@web1.lab"
to = ["owner@mail.lab"]

[channel.hook]
type = "webhook"
url = "http://mail.lab:8080/alerts"
key = "spine"

[disk]
used = { warning = "85%", critical = "95%", clear = "80%", for = "5s" }

[memory]
available = { warning = "10%", critical = "5%", clear = "15%", for = "2m" }

[memory.oom]
quiet = "45s"

[units]
must-be-active = ["caddy.service"]
inactive-for = "5s"
restarts = 3
restarts-within = "1m"

[alerts]
group-wait = "5s"
clear-for = "10s"
flap-window = "1s"
"""


def trouble(function):
    TROUBLES.append(function)
    return function


def lab(*arguments, **kwargs):
    return subprocess.run([LAB, *map(str, arguments)], check=True, text=True, **kwargs)


class Server:
    def __init__(self, name, suite):
        self.name = name
        env = {**os.environ, "MEM": "1024" if name == "web1" else "512"}
        if subprocess.run([LAB, "port", name], capture_output=True).returncode:
            lab("up", name, suite, env=env)
        self.address = self.run("ip -4 -o addr show eth1").split()[3].split("/")[0]

    def run(self, command, check=True):
        done = subprocess.run([LAB, "ssh", self.name, command], capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def push(self, *what):
        lab("push", self.name, *what)

    def reboot(self):
        before = self.run("cat /proc/sys/kernel/random/boot_id")
        self.run("systemctl reboot", check=False)
        booted = lambda: self.run("cat /proc/sys/kernel/random/boot_id", check=False) not in ("", before)
        wait_for(booted, 2 * PATIENCE)


def wait_for(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(1)
    raise AssertionError("waited in vain")


class Owner:
    """The other server, where mail and webhook arrive."""

    def __init__(self, suite):
        self.server = Server("post", suite)
        with tempfile.TemporaryDirectory() as directory:
            wheels = [sys.executable, "-m", "pip", "download", "-q", "-d", directory]
            subprocess.run([*wheels, "--no-binary=:none:", "aiosmtpd"], check=True)
            self.server.run("mkdir -p /srv/post")
            self.server.push(*Path(directory).iterdir(), ROOT / "lab/receiver.py", "/srv/post/")
        self.server.run(
            "cd /srv/post && for wheel in *.whl; do python3 -m zipfile -e $wheel lib; done &&"
            " { [ -f cert.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=lab &&"
            " openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=mail.lab &&"
            " printf 'subjectAltName=DNS:mail.lab\nbasicConstraints=CA:FALSE\n' > extensions &&"
            " openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
            " -extfile extensions -out cert.pem; }; systemctl stop receiver; rm -f received;"
            " touch received && systemd-run --quiet --unit=receiver --setenv=PYTHONPATH=lib"
            " --working-directory=/srv/post python3 receiver.py received cert.pem key.pem"
        )
        wait_for(lambda: len(self.server.run("ss -tln | grep -e :587 -e :8080", check=False).split("\n")) > 2)

    def received(self):
        return [json.loads(line) for line in self.server.run("cat /srv/post/received").splitlines()]


class Story:
    def __init__(self, suite):
        self.suite = suite
        self.owner = Owner(suite)
        self.web = Server("web1", suite)
        self.read = 0
        self.told = {}
        self.mails = {}

    def install(self):
        """As the README says."""
        certificate = self.owner.server.run("cat /srv/post/ca.pem")
        self.web.run(
            f"echo '{self.owner.server.address} mail.lab' >> /etc/hosts;"
            f" printf '[Match]\\nName=eth1\\n[Network]\\nAddress={self.web.address}/24\\n'"
            " > /etc/systemd/network/20-eth1.network;"
            f" printf '%s' '{certificate}' > /tmp/lab.crt; lab=/usr/local/share/ca-certificates/lab.crt;"
            " cmp -s /tmp/lab.crt $lab || { cp /tmp/lab.crt $lab; update-ca-certificates >/dev/null 2>&1; }; mkdir -p /root/nightkeep/target/release"
        )
        self.web.push(BINARY, "/root/nightkeep/target/release/nightkeep")
        self.web.push(ROOT / "packaging", "/root/nightkeep/")
        print(self.web.run("cd /root/nightkeep && packaging/install.sh 2>&1"))
        print(self.web.run("cat /etc/nightkeep/nightkeep.toml"))
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write(CONFIG)
            config.flush()
            self.web.push(config.name, "/etc/nightkeep/nightkeep.toml")
        self.web.run("chown root:nightkeep /etc/nightkeep/nightkeep.toml; chmod 640 /etc/nightkeep/nightkeep.toml")
        self.web.run("systemctl restart nightkeep && systemctl reload nightkeep")
        for command in ["nightkeep config check", "nightkeep alerts test mail", "nightkeep alerts test hook"]:
            print(self.web.run(command))
        wait_for(lambda: len(self.owner.received()) == 2)
        self.read = 2
        print(self.web.run("nightkeep doctor; nightkeep status; nightkeep check", check=False))

    def new(self):
        """What arrived since, as (channel, kind, rule, subject)."""
        received = self.owner.received()
        fresh, self.read = received[self.read :], len(received)
        seen = []
        for one in fresh:
            if one["via"] == "hook":
                message = one["message"]
                assert one["key"] not in self.told, f"told twice: {one}"
                self.told[one["key"]] = message
                for item in message["items"]:
                    seen.append(("hook", message["kind"], item["rule"], item["subject"], item["summary"]))
            else:
                assert one["tls"], "mail came without TLS"
                subject = one["headers"]["Subject"]
                seen.append(("mail", subject))
                parent = one["headers"].get("In-Reply-To")
                assert parent or not subject.startswith("OK "), one["headers"]
                # Threaded under the mail that first told of it, which has arrived.
                assert not parent or not self.mails[parent].startswith("OK "), one["headers"]
                assert one["headers"]["Message-ID"] not in self.mails, "the same mail twice"
                self.mails[one["headers"]["Message-ID"]] = subject
        for one in seen:
            print("   ", time.strftime("%H:%M:%S"), *one)
        return seen

    def expect(self, kind, rule, subject):
        """Exactly this is told, on both channels, and nothing else for a while after."""
        seen = []

        def arrived():
            seen.extend(self.new())
            return any(one[0] == "hook" for one in seen) and any(one[0] == "mail" for one in seen)

        wait_for(arrived)
        time.sleep(20)
        seen.extend(self.new())
        hooks = [one[1:4] for one in seen if one[0] == "hook"]
        mails = [one for one in seen if one[0] == "mail"]
        assert hooks == [(kind, rule, subject)], hooks
        assert len(mails) == 1, mails

    def expect_among(self, kind, rule, subject, also):
        """This is told once, and beside it only what `also` allows, each once."""
        seen = []
        wanted = ("hook", kind, rule, subject)

        def arrived():
            seen.extend(self.new())
            return any(one[:4] == wanted for one in seen)

        wait_for(arrived)
        time.sleep(30)
        seen.extend(self.new())
        hooks = [one[1:4] for one in seen if one[0] == "hook"]
        assert len(set(hooks)) == len(hooks), f"told twice: {hooks}"
        assert all(one == wanted[1:] or one[1] in also for one in hooks), hooks
        return hooks

    def nothing(self, seconds):
        time.sleep(seconds)
        assert self.new() == [], "told though nothing is wrong"


@trouble
def service(story):
    story.web.run("systemctl stop caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.run("systemctl start caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


@trouble
def crash_loop(story):
    story.web.run(
        "systemd-run --quiet --unit=looper -p Restart=always -p RestartSec=1"
        " -p StartLimitIntervalSec=0 sh -c 'echo cannot find my database; sleep 1; exit 3'"
    )
    story.expect("raised", "unit-restarts", "unit:looper.service")
    story.web.run("systemctl stop looper; systemctl reset-failed looper", check=False)
    story.expect("recovered", "unit-restarts", "unit:looper.service")


def loop_mount(story):
    story.web.run(
        "mkdir -p /srv/data && truncate -s 200M /srv/data.img && mkfs.ext4 -q -m 0 -F /srv/data.img"
        " && mount -o loop /srv/data.img /srv/data && sleep 12"
    )


@trouble
def disk(story):
    loop_mount(story)
    story.web.run("fallocate -l $(($(df --output=size -B1 /srv/data | tail -1) * 86 / 100)) /srv/data/big")
    story.expect("raised", "disk-used", "mount:/srv/data")
    story.web.run("dd if=/dev/zero of=/srv/data/rest bs=1M 2>/dev/null", check=False)
    story.expect("worse", "disk-used", "mount:/srv/data")
    story.web.run("rm /srv/data/big /srv/data/rest")
    story.expect("recovered", "disk-used", "mount:/srv/data")
    story.web.run("umount /srv/data; rm /srv/data.img")


@trouble
def read_only(story):
    loop_mount(story)
    story.web.run("mount -o remount,ro /srv/data")
    story.expect("raised", "disk-read-only", "mount:/srv/data")
    # No line of fstab knows the mount: the watch must remember that it was written to.
    story.web.run("systemctl restart nightkeep")
    story.nothing(40)
    story.web.run("mount -o remount,rw /srv/data")
    story.expect("recovered", "disk-read-only", "mount:/srv/data")
    story.web.run("umount /srv/data; rm /srv/data.img")


@trouble
def own_disk(story):
    """The disk with nightkeep's own store, full to the last block, for its user and for root."""
    story.web.run("dd if=/dev/zero of=/filler bs=1M 2>/dev/null; dd if=/dev/zero of=/filler2 bs=4k 2>/dev/null", check=False)
    print(story.web.run("df -h / | tail -1"))
    # It fills slowly enough to be a warning first, or fast enough not to.
    story.expect_among("raised", "disk-used", "mount:/", {"disk-used"})
    story.web.run("systemctl kill -s KILL nightkeep")
    story.nothing(45)
    story.web.run("rm /filler /filler2")
    story.expect("recovered", "disk-used", "mount:/")


@trouble
def out_of_memory(story):
    story.web.run(
        "systemd-run --quiet --unit=eater -p OOMScoreAdjust=900 python3 -c"
        " 'x = []\nwhile True: x.append(bytearray(b\"x\" * 10_000_000))'"
    )
    also = {"unit-failed", "memory-pressure", "memory-available", "oom-kill"}
    story.expect_among("raised", "oom-kill", "host", also)
    story.web.run("systemctl reset-failed eater", check=False)
    story.expect_among("recovered", "oom-kill", "host", also)
    story.new()


@trouble
def killed(story):
    story.web.run("systemctl stop caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.run("systemctl kill -s KILL nightkeep")
    story.nothing(60)
    assert "caddy" in story.web.run("nightkeep status")
    story.web.run("systemctl start caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


@trouble
def rebooted(story):
    story.web.run("systemctl disable --now --quiet caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.reboot()
    wait_for(lambda: "caddy" in story.web.run("nightkeep status", check=False))
    story.nothing(60)
    story.web.run("systemctl enable --now --quiet caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    wanted = sys.argv[2:]
    story = Story(suite)
    try:
        story.install()
        print(f"== quiet for {QUIET} seconds")
        story.nothing(QUIET)
        for one in TROUBLES:
            if not wanted or one.__name__ in wanted:
                print(f"== {one.__name__}")
                one(story)
        print(story.web.run("systemctl show nightkeep -p CPUUsageNSec -p MemoryCurrent -p NRestarts"))
        print(story.web.run("journalctl -u nightkeep --no-pager -o cat | grep -v telling | tail -20"))
        print(f"== all well on {suite}")
    finally:
        if not os.environ.get("KEEP"):
            for name in ["web1", "post"]:
                subprocess.run([LAB, "down", name], check=False)


if __name__ == "__main__":
    main()
