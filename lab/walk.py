#!/usr/bin/env python3
"""A person's walk over the page of a real server, from the first visit to the closed incident, in a real browser on a
phone's screen, with a picture of each step in PICTURES (target/walk by default).

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/walk.py [SUITE]

nightkeep is installed as the README says; the page is reached through ssh, as docs/access.md says. Needs nodejs, npm
and chromium here. KEEP=1 leaves the server up.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time

os.environ.setdefault("WEB", "walk1")
from story import BINARY, LAB, ROOT, WEB, Server, lab, wait_for  # noqa: E402

PORT = 18466
PICTURES = os.environ.get("PICTURES", str(ROOT / "target/walk"))
CHANNEL = '\n[channel.log]\ntype = "command"\ncommand = ["/usr/bin/tee", "-a", "/var/lib/nightkeep/told"]\n'


def packages():
    place = ROOT / "target/page-e2e"
    place.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "page/e2e" / file, place)
    if not (place / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place, check=True)
    return place


def tunnel(server):
    """The lab's key and port, out of its own words."""
    directory = os.environ.get("LAB_DIR", "/var/tmp/lab")
    port = subprocess.run([LAB, "port", server.name], capture_output=True, text=True, check=True).stdout.strip()
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ServerAliveInterval=30"]
    forward = ["-N", "-L", f"{PORT}:127.0.0.1:8466", "-i", f"{directory}/key", "-p", port, "root@127.0.0.1"]
    return subprocess.Popen(["ssh", "-q", *options, *forward])


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    server = Server(WEB, suite)
    through = None
    try:
        server.run("mkdir -p /root/nk")
        server.push(BINARY, "/root/nk/nightkeep")
        server.push(ROOT / "packaging", "/root/nk/")
        print(server.run("cd /root/nk && sh packaging/install.sh ./nightkeep 2>&1"), flush=True)
        server.run(f"cat >> /etc/nightkeep/nightkeep.toml <<'E'{CHANNEL}E\nnightkeep config check && systemctl restart nightkeep")
        # Caddy is the service that breaks.
        server.run("mkdir -p /srv/www && echo 'the shop is open' > /srv/www/index.html;"
                   " printf ':80 {\\n root * /srv/www\\n file_server\\n}\\n' > /etc/caddy/Caddyfile; systemctl restart caddy")
        wait_for(lambda: "shop is open" in server.run("curl -s http://127.0.0.1/", check=False))
        said = server.run("sleep 5; nightkeep account link 2>/dev/null")
        link = re.search(r"/link/\S+", said)[0]
        through = tunnel(server)
        time.sleep(5)
        given = {
            "base": f"http://127.0.0.1:{PORT}",
            "link": link,
            "lab": LAB,
            "server": WEB,
            "chromium": shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"),
            "packages": str(packages()),
            "shots": PICTURES,
        }
        walk = ["node", str(ROOT / "page/e2e/walk/walk.js")]
        code = subprocess.run(walk, env={**os.environ, "PAGE_TEST": json.dumps(given)}).returncode
        print(server.run("nightkeep account sessions; nightkeep incident list; tail -5 /var/lib/nightkeep/told;"
                         " journalctl -u nightkeep -u nightkeep-triage --no-pager | tail -40", check=False))
        print("all well" if code == 0 else "NOT well")
        sys.exit(code)
    finally:
        if through:
            through.terminate()
        if not os.environ.get("KEEP"):
            lab("down", WEB)


if __name__ == "__main__":
    main()
