#!/usr/bin/env python3
"""Two servers keep an eye on each other: each is added as a peer on the other's page, the lines that the page gives
run on the other server, and then one of the two goes.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/peers.py [SUITE]

KEEP=1 leaves the servers up.
"""

import html
import json
import os
import re
import subprocess
import sys
import time

os.environ.setdefault("WEB", "peer1")
os.environ.setdefault("POST", "peer2")
from story import BINARY, LAB, POST, ROOT, WEB, Server, lab, wait_for  # noqa: E402

HERE = "http://127.0.0.1:8466"


def install(server):
    """As the README says, with a page that the other one reaches."""
    server.run("mkdir -p /root/nk")
    server.push(BINARY, "/root/nk/nightkeep")
    server.push(ROOT / "packaging", "/root/nk/")
    server.run("cd /root/nk && sh packaging/install.sh ./nightkeep 2>&1")
    web = f'[web]\nlisten = ["0.0.0.0:8466"]\nurl = "http://{server.address}:8466"\nlogin = "off-loopback"\n'
    # `init` writes a table of its own.
    server.run("sed -i '/^\\[web\\]/,/^\\[/{/^\\[web\\]/d;/^listen/d;/^url/d;/^login/d}' /etc/nightkeep/nightkeep.toml;"
               f" cat >> /etc/nightkeep/nightkeep.toml <<'E'\n{web}E\n nightkeep config check && systemctl restart nightkeep")
    wait_for(lambda: "Peers" in server.run(f"curl -s {HERE}/settings/peers", check=False))


def add(server, other):
    """By the form; gives the lines for the other server."""
    page = server.run(f"curl -s {HERE}/settings/peers")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    server.run(f"curl -sS -o /tmp/answer -H 'Origin: {HERE}' --data-urlencode csrf={csrf} --data-urlencode name={other.name}"
               f" --data-urlencode url=http://{other.address}:8466 {HERE}/settings/peers; cat /tmp/answer")
    page = server.run(f"curl -s {HERE}/settings/peers")
    lines = html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.S)[1])
    print(f"{server.name} says for {other.name}:\n{lines}", flush=True)
    return lines


def halves(server):
    page = server.run(f"curl -s {HERE}/settings/peers", check=False)
    return [re.sub(r"<[^>]*>", "", one) for one in re.findall(r"</a>: (\w+)", page)]


def firing(server):
    alerts = json.loads(server.run("nightkeep alerts --json", check=False) or "[]")
    return [one["rule"] for one in alerts if one["phase"] == "firing"]


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "trixie"
    try:
        first, second = Server(WEB, suite), Server(POST, suite)
        for server in (first, second):
            install(server)
        for server, other in ((first, second), (second, first)):
            other.run(add(server, other))
        begun = time.monotonic()
        for server in (first, second):
            wait_for(lambda: halves(server) == ["up", "up"], 900)
        print(f"each answers and calls, after {time.monotonic() - begun:.0f} s", flush=True)

        begun = time.monotonic()
        second.run("systemctl stop nightkeep")
        for rule in ("monitor-down", "heartbeat-down"):
            wait_for(lambda: rule in firing(first), 1200)
            print(f"{rule} on {first.name} after {time.monotonic() - begun:.0f} s", flush=True)
        print(first.run("nightkeep status", check=False))
        second.run("systemctl start nightkeep")
        wait_for(lambda: halves(first) == ["up", "up"], 900)
        print("and over", flush=True)

        begun = time.monotonic()
        lab("down", POST)
        wait_for(lambda: "monitor-down" in firing(first), 600)
        print(f"a server that is gone: told after {time.monotonic() - begun:.0f} s", flush=True)
        print(first.run("nightkeep status", check=False))
        print(f"all well on {suite}")
    finally:
        if not os.environ.get("KEEP"):
            for name in (WEB, POST):
                subprocess.run([LAB, "down", name], check=False)


main()
