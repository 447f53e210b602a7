#!/usr/bin/env python3
"""The story of logins by ssh: what is known is quiet, what is strange is told once and at once, and
names and lines made to confuse are seen through. The second server is the one that comes in.

    LAB=path/to/lab lab/logins.py [SUITE [TROUBLE...]]

See story.py for the rest.
"""

import json
import shlex
import time

from story import COMMON, run, trouble

CONFIG = COMMON + """
[channel.clock]
type = "command"
command = ["/usr/local/bin/told"]

[[route]]
channels = ["mail", "hook"]
continue = true

[[route]]
channels = "clock"
rules = "login-*"

[ssh]
quiet = "20s"
"""

# Far away enough from one another that each is trouble of its own.
QUIET = 25
PASSWORD = "correct horse"


def prepare(story):
    """Users, keys, and one login that is normal here."""
    web, far = story.web, story.owner.server
    web.run(
        # It sees everything and bans nobody: the second server must come in again.
        "printf '[sshd]\\nmaxretry = 100000\\n' > /etc/fail2ban/jail.d/lab.local; systemctl restart fail2ban; useradd -m -s /bin/bash deploy; useradd -m -s /bin/bash visitor;"
        f" echo 'visitor:{PASSWORD}' | chpasswd; install -d -m 700 -o deploy -g deploy /home/deploy/.ssh;"
        " printf 'PasswordAuthentication yes\\nMaxStartups 100\\n' > /etc/ssh/sshd_config.d/lab.conf;"
        " sshd -T 2>/dev/null | grep -qi persourcepenalties && echo 'PerSourcePenalties no' >> /etc/ssh/sshd_config.d/lab.conf;"
        " systemctl restart ssh;"
        " printf '#!/bin/sh\\ndate +%%s.%%N >> /var/lib/nightkeep/told\\n' > /usr/local/bin/told; chmod 755 /usr/local/bin/told"
    )
    far.run(
        "for key in known new other rotated; do [ -f $key ] || ssh-keygen -q -t ed25519 -N '' -f $key; done;"
        f" printf '#!/bin/sh\\necho \"{PASSWORD}\"\\n' > askpass; chmod 755 askpass"
    )
    let_in(story, "known")
    assert "deploy" in login(story, "deploy", key="known")


def let_in(story, key):
    public = story.owner.server.run(f"cat {key}.pub").strip()
    story.web.run(
        f"echo {shlex.quote(public)} >> /home/deploy/.ssh/authorized_keys;"
        " chown deploy: /home/deploy/.ssh/authorized_keys; chmod 600 /home/deploy/.ssh/authorized_keys"
    )
    return story.owner.server.run(f"ssh-keygen -lf {key}.pub").split()[1]


OPTIONS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=60"


def login(story, user, key=None, command="id", options=""):
    how = f"-i {key} -o IdentitiesOnly=yes -o BatchMode=yes" if key else "-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1"
    ask = "" if key else "SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 "
    who = shlex.quote(user)
    return story.owner.server.run(
        f"{ask}ssh {OPTIONS} {how} {options} -l {who} {story.web.address} {shlex.quote(command)} </dev/null", check=False
    )


def subject(story, user):
    return f"login:{user}@{story.owner.server.address}"


@trouble
def known(story):
    """Learnt from the log before nightkeep came, with and without a terminal."""
    assert "deploy" in login(story, "deploy", key="known")
    assert "deploy" in login(story, "deploy", key="known", options="-tt")
    story.nothing(20)


@trouble
def new_key(story):
    fingerprint = let_in(story, "new")
    assert "deploy" in login(story, "deploy", key="new")
    told = story.expect("raised", "login-unknown", subject(story, "deploy"))
    assert "this key is not known here" in told, told
    print(story.web.run("nightkeep logins --since 1h; nightkeep logins --new --since 1h; nightkeep logins known"))
    print(story.web.run(f"nightkeep logins trust {fingerprint}; nightkeep alerts"))
    assert "deploy" in login(story, "deploy", key="new")
    story.nothing(QUIET)


@trouble
def new_user(story):
    assert "visitor" in login(story, "visitor")
    told = story.expect("raised", "login-unknown", subject(story, "visitor"))
    assert "this user never logged in here before" in told, told
    # Over by itself, and nobody is told so.
    story.nothing(QUIET)


@trouble
def rotated(story):
    """sshd is restarted and its log rotated in the middle."""
    let_in(story, "rotated")
    story.web.run("journalctl --rotate; systemctl restart ssh; journalctl --rotate")
    assert "deploy" in login(story, "deploy", key="rotated")
    story.expect("raised", "login-unknown", subject(story, "deploy"))
    story.web.run("journalctl --rotate")
    story.nothing(QUIET)
    # What was logged while the watch was away is told when it is back.
    story.web.run("systemctl stop nightkeep")
    assert "deploy" in login(story, "deploy", key="rotated")
    story.web.run("journalctl --rotate; systemctl start nightkeep")
    story.expect("raised", "login-unknown", subject(story, "deploy"))
    story.web.run("systemctl restart nightkeep")
    story.nothing(QUIET)


@trouble
def guessed(story):
    far = story.owner.server
    far.run("mv askpass right; printf '#!/bin/sh\\necho wrong\\n' > askpass; chmod 755 askpass")
    for n in range(30):
        login(story, ["root", "admin", "visitor", "test"][n % 4])
    far.run("mv right askpass")
    story.nothing(5)
    assert "visitor" in login(story, "visitor")
    told = story.expect("raised", "login-guessed", subject(story, "visitor"))
    assert "after 30 failed tries" in told, told
    print(story.web.run("nightkeep logins --failed"))
    story.nothing(QUIET)


@trouble
def forged(story):
    """Whoever is on the machine can write to the log, but not as sshd."""
    story.web.run(
        "su visitor -c \"logger -t sshd 'Accepted password for root from 6.6.6.6 port 22 ssh2';"
        " logger -t sshd -p auth.info -i 'Accepted publickey for root from 6.6.6.6 port 22 ssh2: RSA SHA256:x'\""
    )
    liar = (
        "import ctypes, syslog; ctypes.CDLL(None).prctl(15, b'sshd', 0, 0, 0);"
        "syslog.openlog('sshd', 0, syslog.LOG_AUTH); syslog.syslog('Accepted password for root from 6.6.6.7 port 22 ssh2')"
    )
    story.web.run(f"su visitor -c {shlex.quote('python3 -c ' + shlex.quote(liar))}")
    story.nothing(20)
    assert "6.6.6" not in story.web.run("nightkeep logins --since 1h --json")


@trouble
def confusing_names(story):
    far = story.owner.server.address
    for name in [
        "root from 6.6.6.6 port 22 ssh2",
        "x from 6.6.6.6 port 22 ssh2: RSA SHA256:y",
        "Accepted password for root from 6.6.6.6 port 22 ssh2",
        "\x1b[31mred",
        "a\nAccepted password for root from 6.6.6.6 port 22 ssh2",
    ]:
        login(story, name, key="other")
    story.nothing(20)
    failed = json.loads(story.web.run("nightkeep logins --failed --since 1h --json"))["failed"]
    assert {one["address"] for one in failed} == {far}, failed
    print(story.web.run("nightkeep logins --failed --since 1h"))


@trouble
def banned(story):
    """An attack, and a restart that puts the bans back."""
    story.web.run("fail2ban-client status sshd")
    story.web.run("for n in $(seq 1 40); do fail2ban-client set sshd banip 203.0.113.$n >/dev/null; done")
    told = story.expect("raised", "ban-spike", "jail:sshd")
    assert "usually none" in told, told
    story.web.run("systemctl restart fail2ban")
    story.nothing(45)
    print(story.web.run("nightkeep bans | head -8; grep -c 'Restore Ban' /var/log/fail2ban.log"))
    story.web.run("fail2ban-client unban --all")


@trouble
def blind(story):
    """fail2ban looks elsewhere, and somebody tries names all the time."""
    story.web.run(
        "touch /var/log/nothing.log; printf '[sshd]\\nbackend = polling\\nlogpath = /var/log/nothing.log\\n'"
        " > /etc/fail2ban/jail.d/zz-lab.local; systemctl restart fail2ban"
    )
    for n in range(14):
        login(story, "admin", key="other")
    told = story.expect("raised", "fail2ban-blind", "host")
    assert story.owner.server.address in told and "fail2ban found none" in told, told
    story.web.run("rm /etc/fail2ban/jail.d/zz-lab.local; systemctl restart fail2ban; sleep 5")
    for n in range(3):
        login(story, "admin", key="other")
    story.expect("recovered", "fail2ban-blind", "host")


@trouble
def latency(story):
    """From sshd's line to the channel: 200 logins (LOGINS), each trouble of its own."""
    import os

    count = int(os.environ.get("LOGINS", "200"))
    story.web.run(
        "sed -i 's/quiet = \"20s\"/quiet = \"1s\"/; s/channels = \\[\"mail\", \"hook\"\\]/channels = []/' /etc/nightkeep/nightkeep.toml;"
        " systemctl reload nightkeep; rm -f /var/lib/nightkeep/told"
    )
    let_in(story, "rotated")
    for _ in range(count):
        assert "deploy" in login(story, "deploy", key="rotated")
        time.sleep(1.5)
    time.sleep(5)
    told = [float(line) for line in story.web.run("cat /var/lib/nightkeep/told").split()]
    log = story.web.run("journalctl _COMM=sshd _COMM=sshd-session -o short-unix --no-pager | grep Accepted | tail -%d" % count)
    logged = [float(line.split()[0]) for line in log.splitlines()]
    waits = sorted(min((t - at for t in told if t >= at), default=99) for at in logged)
    p99 = waits[int(len(waits) * 0.99) - 1]
    print(f"{len(told)} told of {len(logged)} logins; median {waits[len(waits) // 2]:.3f} s, p99 {p99:.3f} s, worst {waits[-1]:.3f} s")
    assert len(told) == len(logged) and p99 < 1, waits[-10:]


if __name__ == "__main__":
    run(CONFIG, prepare)
