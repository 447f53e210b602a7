#!/usr/bin/env python3
"""The drill and the flight recorder on a real server: what is planted is found, told and removed, also when the drill
is interrupted or killed; and when somebody unknown logs in, what was so at that moment is kept within two seconds.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/drill.py [SUITE]

KEEP=1 leaves the server up.
"""

import json
import os
import sys
import time

os.environ.setdefault("WEB", "drill1")
from story import BINARY, ROOT, WEB, Server, lab, wait_for  # noqa: E402

LEFT = (
    "ls -d /etc/cron.d/nightkeep-drill /root/.ssh/authorized_keys2 /var/tmp/.nightkeep-drill /usr/bin/nightkeep-drill"
    " /dev/shm/.nightkeep-drill /run/systemd/system/nightkeep-drill.service 2>/dev/null; pgrep -fa nightkeep-drill"
)
CHANNEL = '\n[channel.log]\ntype = "command"\ncommand = ["/usr/bin/tee", "-a", "/var/lib/nightkeep/told"]\n'
STAND_INS = ["D1", "D3", "D4", "D12", "D13", "D14", "D16"]


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    web = Server(WEB, suite)
    wrong = []

    def check(is_so, what):
        print(("ok    " if is_so else "WRONG ") + what, flush=True)
        if not is_so:
            wrong.append(what)

    def nothing_left(after):
        left = [line for line in web.run(LEFT, check=False).splitlines() if "pgrep" not in line and "ls -d" not in line]
        check(not left, f"nothing is left after {after}: {left}")

    try:
        web.run("mkdir -p /root/nk")
        web.push(BINARY, "/root/nk/nightkeep")
        web.push(ROOT / "packaging", "/root/nk/")
        web.run("cd /root/nk && sh packaging/install.sh ./nightkeep >/dev/null 2>&1")
        web.run(f"cat >> /etc/nightkeep/nightkeep.toml <<'E'{CHANNEL}E\nnightkeep config check && systemctl restart nightkeep")
        time.sleep(20)

        said = web.run("nightkeep drill; echo code $?", check=False)
        print(said)
        check("code 0" in said, "the drill says that all is well")
        check(all(f"found    {one} " in said for one in STAND_INS), "each stand-in is found")
        check("told     a unit that fails" in said and "cleared  the watch says" in said, "told, and cleared")
        nothing_left("a drill")

        web.run("nightkeep drill --quiet > /root/out 2>&1 & sleep 4; pkill -INT -x nightkeep -f 'nightkeep drill' || pkill -INT -f 'nightkeep drill'; wait", check=False)
        print(web.run("cat /root/out", check=False))
        nothing_left("an interrupted drill")

        web.run("nightkeep drill --quiet > /root/out 2>&1 & sleep 4; pkill -KILL -f 'nightkeep drill'; wait", check=False)
        killed = web.run(LEFT, check=False)
        check("nightkeep-drill" in killed, "a killed drill leaves what it planted")
        print(web.run("nightkeep drill --clean", check=False))
        nothing_left("--clean")

        web.run("useradd -m -s /bin/bash eve; ssh-keygen -q -t ed25519 -N '' -f /root/eve; mkdir -p /home/eve/.ssh;"
                " cp /root/eve.pub /home/eve/.ssh/authorized_keys; chown -R eve: /home/eve/.ssh")
        own = web.address
        web.run(f"systemd-run --quiet --collect --unit=eve ssh -n -i /root/eve -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null eve@{own} sleep 600")
        find = "nightkeep alerts --since 1h --json"
        alerts = wait_for(lambda: [one for one in json.loads(web.run(find)) if "login-unknown" in json.dumps(one) and one.get("id")])
        number = alerts[-1]["id"]
        kept = wait_for(lambda: web.run(f"nightkeep alerts show {number} --snapshot --json 2>/dev/null", check=False))
        snapshot = json.loads(kept)
        check(any("eve" in line or "sleep 600" in line for line in snapshot["processes"]), "the snapshot has what the login runs")
        check(any(own in line and ":22" in line for line in snapshot["sockets"]), "and its connection")
        check(any("Accepted" in line for line in snapshot["log"]), "and what sshd logged")
        check(len(kept) < 1 << 20, f"and is small: {len(kept)} bytes")
        took = web.run("cd /var/lib/nightkeep/snapshots && for f in *.json; do echo $(( $(date -r $f +%s%3N) - ${f%.json} )); done", check=False).split()
        print("milliseconds from the alert to the snapshot on the disk:", took)
        check(took and all(int(one) < 2000 for one in took), "within two seconds")
        told = web.run("cat /var/lib/nightkeep/told", check=False)
        check(f"nightkeep alerts show {number} --snapshot" in told, "the message says where it is")
        print(web.run(f"nightkeep alerts show {number} --snapshot", check=False)[:3000])
    finally:
        if not os.environ.get("KEEP"):
            lab("down", WEB)
    if wrong:
        sys.exit("\n".join(["wrong:"] + wrong))
    print(f"== all well on {suite}")


if __name__ == "__main__":
    main()
