#!/usr/bin/env python3
"""From sshd's line in the journal to the message handed to a channel: logins by ssh with a key that is
not known, each an alert of its own.

    bench/latency.py [LOGINS]

For a machine with systemd that may be changed: it adds a user, lets a key in and installs nightkeep.
`bench/idle-systemd.sh latency` runs it in a container.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGINS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
TOLD = Path("/var/lib/nightkeep/told")

CONFIG = """
host = "bench"
[channel.clock]
type = "command"
command = ["/usr/local/bin/told"]
[[route]]
channels = "clock"
rules = "login-*"
[ssh]
quiet = "1s"
[machine]
enabled = false
"""


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    run("useradd", "--create-home", "--shell", "/bin/sh", "deploy")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/new")
    run("install", "-d", "-o", "deploy", "-g", "deploy", "-m", "700", "/home/deploy/.ssh")
    keys = Path("/home/deploy/.ssh/authorized_keys")
    keys.write_text(Path("/root/new.pub").read_text())
    told = Path("/usr/local/bin/told")
    told.write_text(f"#!/bin/sh\ndate +%s.%N >> {TOLD}\n")
    told.chmod(0o755)
    Path("/etc/nightkeep").mkdir(exist_ok=True)
    Path("/etc/nightkeep/nightkeep.toml").write_text(CONFIG)
    run("systemctl", "restart", "ssh")
    run(str(ROOT / "packaging/install.sh"))
    run("systemctl", "restart", "nightkeep")
    time.sleep(20)
    began = time.time()
    for _ in range(LOGINS):
        run(*"ssh -i /root/new -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR deploy@127.0.0.1 id".split())
        # Longer than `quiet`, or it would belong to the login before.
        time.sleep(1.5)
    time.sleep(3)
    log = run("journalctl", "_COMM=sshd", "_COMM=sshd-session", "-o", "short-unix", f"--since=@{began:.0f}")
    logged = [float(line.split()[0]) for line in log.splitlines() if "Accepted publickey for deploy" in line]
    told = sorted(float(line) for line in TOLD.read_text().split())
    waits = sorted(min((at - line for at in told if at >= line), default=99) for line in logged)
    p99 = waits[max(0, int(len(waits) * 0.99) - 1)]
    print(f"{len(told)} told of {len(logged)} logins: median {waits[len(waits) // 2]:.3f} s,"
          f" p99 {p99:.3f} s, worst {waits[-1]:.3f} s")
    sys.exit(0 if len(told) == len(logged) == LOGINS and p99 < 1 else 1)


main()
