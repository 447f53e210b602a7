#!/usr/bin/env python3
"""The story of the audit rules: a rule file as articles print it is checked, loaded and shown; what it is
for is found by its key; a watch that vanishes with its directory raises the alarm within 5 seconds, one
that went along with a directory that was moved is noticed; lost rules are put back; audit that is
switched off is told; and a set that is locked stays what it is.

    LAB=path/to/lab lab/audit.py [SUITE [TROUBLE...]]

See story.py for the rest.
"""

import shlex
import time

from story import COMMON, run, trouble, wait_for

RULES = """-D
-b 8192
-f 1
-w /usr/bin/sudo -p x -k sudo_usage
-w /etc/passwd -p wa -k identity_changes
-w /etc/shadow -p wa -k identity_changes
-w /etc/group -p wa -k identity_changes
-w /root/.ssh/authorized_keys -p wa -k ssh_keys
-w /home -p wa -k home_ssh_keys
-w /etc/cron.d/ -p wa -k cron_changes
-w /var/spool/cron/crontabs/ -p wa -k cron_changes
-w /bin/su -p x -k su_usage
"""
FILE = "/etc/nightkeep/audit.rules"

CONFIG = COMMON + """
[ssh]
unknown = []

[alerts]
group-wait = "5s"
clear-for = "10s"
flap-window = "1s"

[audit]
rules = "/etc/nightkeep/audit.rules"
"""
# What is done, and the key it is found by.
DEEDS = [
    ("useradd -m ann; usermod -c x ann; echo ann:secret | chpasswd; groupadd lab", "identity_changes"),
    ("sudo -n true", "sudo_usage"),
    ("su ann -c true", "su_usage"),
    ("echo '# lab' >> /root/.ssh/authorized_keys", "ssh_keys"),
    ("mkdir -p /home/ann/.ssh; echo key > /home/ann/.ssh/authorized_keys", "home_ssh_keys"),
    ("echo '# lab' > /etc/cron.d/lab; echo '0 0 * * * true' | crontab -", "cron_changes"),
]


OWN_LOG = "/var/lib/nightkeep/audit/audit.log"


def prepare(story):
    story.web.run(f"mkdir -p /etc/nightkeep; echo '# none yet' > {FILE}; chmod 644 {FILE}")


def restart(story):
    story.web.run("systemctl daemon-reload && systemctl restart nightkeep")
    time.sleep(20)


def hooks(story):
    return [one for one in story.new() if one[0] == "hook"]


def alarm(story, deed, seconds=5):
    """Does it, and says how long the alarm took on the server itself: mail and lab are slow."""
    story.web.run(f"date +%s.%N > /run/begin; {deed}")
    told = "journalctl -u nightkeep -o short-unix --no-pager --since -2min | grep 'telling' | tail -1"
    begin = float(story.web.run("cat /run/begin"))

    def after():
        line = story.web.run(told, check=False)
        return line and float(line.split()[0]) >= begin and line

    line = wait_for(after, 60)
    took = float(line.split()[0]) - begin
    print(f"    {took:.1f} s: {line.split(':', 1)[1].strip()}")
    assert took < seconds, took
    return line


@trouble
def checked_and_loaded(story):
    story.web.run(f"printf %s {shlex.quote(RULES)} > {FILE}")
    print(story.web.run(f"printf -- '-e 2\\n' | cat {FILE} - > /tmp/locked.rules; nightkeep audit rules check /tmp/locked.rules", check=False))
    print(story.web.run(f"nightkeep audit rules load --replace {FILE}; nightkeep audit rules show; nightkeep audit rules diff"))
    theirs = story.web.run("auditctl -l; auditctl -s")
    assert story.web.run("nightkeep audit rules show --list") == theirs, theirs
    for deed, key in DEEDS:
        story.web.run(deed)
        found = story.web.run(f"sleep 1; ausearch -w -k {key} --input-logs --raw < /dev/null | grep -c type=SYSCALL")
        print(f"    {key}: {found.strip()} events")
    time.sleep(90)
    told = [one[3] for one in hooks(story) if one[2] == "audit-act"]
    assert len(told) == len(set(told)), f"told twice: {told}"
    for deed in [
        "identity /etc/passwd", "identity /etc/shadow", "identity /etc/group", "sudo", "schedule /etc/cron.d/lab",
        "keys /root/.ssh/authorized_keys", "keys /home/ann/.ssh/authorized_keys", "schedule /var/spool/cron/crontabs/root",
    ]:
        assert f"audit-act:{deed} root" in told, (deed, told)


@trouble
def acts(story):
    """What no rule of the file records is told as well, if the kernel tells of it: modules, first sudo."""
    story.web.run("useradd -m eve; modprobe dummy; su eve -c 'sudo -n true'; true")
    print(story.web.run("nightkeep audit who /root/.ssh/authorized_keys; nightkeep audit who eve | tail -5"))
    time.sleep(30)
    hooks(story)


@trouble
def vanished(story):
    line = alarm(story, "cp -a /root/.ssh /root/kept; rm -rf /root/.ssh; mv /root/kept /root/.ssh")
    assert "/root/.ssh/authorized_keys" in line
    missing = story.web.run("nightkeep audit rules diff", check=False)
    assert missing.startswith("missing  -w /root/.ssh"), missing
    # Still missing after a minute it is told again, as what is so.
    wait_for(lambda: any(one[2] == "audit-rules-missing" for one in hooks(story)), 180)
    story.web.run(f"nightkeep audit rules load {FILE}")
    wait_for(lambda: any(one[1:3] == ("recovered", "audit-rules-missing") for one in hooks(story)), 120)


@trouble
def put_back(story):
    story.web.run("echo 'restore = true' >> /etc/nightkeep/nightkeep.toml")
    # Homes that are closed are looked into only with one capability more.
    drop_in = "/etc/systemd/system/nightkeep.service.d/audit.conf"
    story.web.run(f"sed -i 's/^#Ambient/Ambient/; s/^#Capab/Capab/' {drop_in}")
    restart(story)
    line = alarm(story, "mv /var/spool/cron/crontabs /var/spool/cron/kept; rm -rf /var/spool/cron/kept; mkdir /var/spool/cron/crontabs", 40)
    assert "crontabs" in line
    alarm(story, "mv /etc/cron.d /etc/kept; mkdir /etc/cron.d", 40)
    story.web.run("nightkeep audit rules diff; touch /etc/cron.d/new")
    assert story.web.run("sleep 1; ausearch -w -k cron_changes --input-logs --raw < /dev/null | grep -c '/new\"'") != "0\n"


@trouble
def switched_off(story):
    story.web.run("auditctl -e 0")
    wait_for(lambda: any(one[2] == "audit-blind" for one in hooks(story)), 60)
    story.web.run("auditctl -e 1")
    wait_for(lambda: any(one[1:3] == ("recovered", "audit-blind") for one in hooks(story)), 90)


@trouble
def stopped(story):
    """Without auditd nightkeep keeps the log, and what happened while it was away is told."""
    story.web.run("kill $(cat /run/auditd.pid)")
    wait_for(lambda: any(one[2] == "audit-blind" for one in hooks(story)), 180)
    story.web.run("echo '# without auditd' >> /etc/cron.d/eve")
    wait_for(lambda: any("/etc/cron.d/eve" in one[3] for one in hooks(story)), 60)
    kept = f"ausearch -if {OWN_LOG} -k cron_changes --raw | grep -c 'name=\"/etc/cron.d/eve\"'"
    assert int(story.web.run(kept, check=False)) == 1
    # Where journald does not listen (Debian 13) the kernel prints what nobody takes, ten lines in five seconds.
    story.web.run("systemctl stop nightkeep; sleep 8; echo '# while nobody listened' > /etc/cron.d/away; sleep 5; systemctl start nightkeep")
    wait_for(lambda: any("/etc/cron.d/away" in one[3] for one in hooks(story)), 60)
    assert int(story.web.run(kept.replace("eve", "away"), check=False)) == 1
    print(story.web.run("nightkeep audit who /etc/cron.d/away; nightkeep status"))
    story.web.run("systemctl start auditd")
    wait_for(lambda: any(one[1:3] == ("recovered", "audit-blind") for one in hooks(story)), 180)


@trouble
def locked(story):
    """-e 2 keeps nobody from removing a rule with its directory, only from putting it back."""
    # Not the one of before: what is removed again within ten minutes is counted, not told anew.
    story.web.run(f"mkdir /srv/keys; touch /srv/keys/authorized_keys; printf -- '-w /srv/keys/authorized_keys -p wa -k ssh_keys\\n-e 2\\n' >> {FILE}")
    print(story.web.run(f"nightkeep audit rules load {FILE}"))
    time.sleep(45)
    hooks(story)
    line = alarm(story, "mv /home/ann /home/bob; rm -rf /srv/keys")
    assert "/srv/keys/authorized_keys" in line
    assert story.web.run("nightkeep audit rules diff", check=False).startswith("missing")
    assert "locked" in story.web.run(f"nightkeep audit rules load {FILE} 2>&1", check=False)


if __name__ == "__main__":
    run(CONFIG, prepare)
