"""Stories on real servers: one is watched, the other is where its owner's mail and webhook arrive.

A story is a script of functions marked @trouble; `run` boots two servers (LAB is the lab tool), installs
nightkeep as the README says, watches a quiet server for QUIET seconds (default 120), then makes each
trouble. The release binary is taken from target/release (cargo build --release) or NIGHTKEEP. The
servers are named by WEB and POST and dropped again; KEEP=1 leaves them up, and another run takes
those that are.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WEB = os.environ.get("WEB", "web1")
POST = os.environ.get("POST", "post")
ROOT = Path(__file__).resolve().parent.parent
LAB = os.environ.get("LAB") or sys.exit("set LAB to the path of the lab tool")
BINARY = os.environ.get("NIGHTKEEP", ROOT / "target/release/nightkeep")
QUIET = int(os.environ.get("QUIET", "120"))
# Servers under software emulation are slow; nothing takes this long when all is well.
PATIENCE = 300
TROUBLES = []

# The channels, and what cannot be well here: the lab has no way out to a time server.
COMMON = """
host = "web1"

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

[machine]
clock = false

"""


def trouble(function):
    TROUBLES.append(function)
    return function


def lab(*arguments, **kwargs):
    return subprocess.run([LAB, *map(str, arguments)], check=True, text=True, **kwargs)


class Server:
    def __init__(self, name, suite, memory=None):
        self.name = name
        env = {**os.environ, "MEM": memory or ("1024" if name == WEB else "512")}
        if subprocess.run([LAB, "port", name], capture_output=True).returncode:
            said = lab("up", name, suite, env=env, stdout=subprocess.PIPE).stdout
            print(said, flush=True)
            # A busy host may have kept the lab tool's own words from the server.
            address = said.split("address ")[1].split()[0]
            self.run(
                f"ip addr replace {address}/24 dev eth1; ip link set eth1 up;"
                f" grep -q ' {name}$' /etc/hosts || echo '127.0.1.1 {name}' >> /etc/hosts;"
                " systemctl is-system-running --wait || true"
            )
        self.address = self.run("ip -4 -o addr show eth1").split()[3].split("/")[0]

    def run(self, command, check=True):
        # 255 is then ssh's own word, not that of an ssh within the command: it did not get there, since a busy
        # host lets a slow server miss its time.
        own = f"( {command}\n); code=$?; [ $code != 255 ] || code=254; exit $code"
        for _ in range(12):
            done = subprocess.run([LAB, "ssh", self.name, own], capture_output=True, text=True)
            if done.returncode != 255 or done.stdout:
                break
            time.sleep(5)
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def push(self, *what):
        for left in (3, 2, 1, 0):
            try:
                return lab("push", self.name, *what)
            except subprocess.CalledProcessError:
                # As above: sshd starts again, or a busy host.
                if not left:
                    raise
                time.sleep(5)

    def reboot(self):
        before = self.run("cat /proc/sys/kernel/random/boot_id")
        self.run("(sleep 1; systemctl reboot) >/dev/null 2>&1 </dev/null &")
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
        self.server = Server(POST, suite)
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
    def __init__(self, suite, config):
        self.suite = suite
        self.config = config
        self.owner = Owner(suite)
        self.web = Server(WEB, suite)
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
            config.write(self.config)
            config.flush()
            self.web.push(config.name, "/etc/nightkeep/nightkeep.toml")
        self.web.run("chown root:nightkeep /etc/nightkeep/nightkeep.toml; chmod 640 /etc/nightkeep/nightkeep.toml")
        self.web.run("systemctl restart nightkeep && systemctl reload nightkeep")
        for command in ["nightkeep config check", "nightkeep alerts test mail", "nightkeep alerts test hook"]:
            print(self.web.run(command))
        wait_for(lambda: len(self.owner.received()) >= 2)
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
        return next(one[4] for one in seen if one[0] == "hook")

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



def run(config, before=None):
    """Runs what the command line names; `before` prepares the servers for it."""
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    wanted = sys.argv[2:]
    story = Story(suite, config)
    try:
        if before:
            before(story)
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
            for name in [WEB, POST]:
                subprocess.run([LAB, "down", name], check=False)

