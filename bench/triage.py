#!/usr/bin/env python3
"""Compares `nightkeep triage` with rkhunter, chkrootkit, unhide, lynis, debsums and UAC on one lab server, in one
run: CPU seconds of each and of its children, wall seconds, and the most memory of one process.

    LAB=path/to/lab bench/triage.py NIGHTKEEP DEBS [SUITE]

DEBS is a folder with the peers' packages and what they need (`apt-get download rkhunter chkrootkit unhide lynis
debsums binutils lsof net-tools psmisc file ...` on a machine of that suite) and UAC's sources as uac.tgz. The
server has no network of its own. Every command runs twice; the second is told, with a warm cache.
"""

import os
import pathlib
import subprocess
import sys

LAB = os.environ.get("LAB") or sys.exit("set LAB to the path of the lab tool")
NAME = os.environ.get("WEB", "peers1")
COMMANDS = [
    ("nightkeep triage", "nightkeep triage --no-record"),
    ("nightkeep triage --bundle", "rm -rf /root/b; nightkeep triage --no-record --bundle /root/b"),
    ("rkhunter", "rkhunter --check --skip-keypress --nocolors"),
    ("chkrootkit", "chkrootkit"),
    ("unhide", "unhide quick sys proc"),
    ("lynis", "lynis audit system --quick --no-colors"),
    ("debsums", "debsums --all --silent"),
    ("UAC ir_triage", "rm -rf /root/u; mkdir /root/u; cd /root/uac && ./uac -p ir_triage /root/u"),
]
MEASURE = """
import resource, subprocess, sys, time
for _ in range(2):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(["sh", "-c", sys.argv[1]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.monotonic() - begin
print(f"{cpu:.2f} {wall:.1f} {after.ru_maxrss / 1024:.0f}")
"""


def lab(*words):
    return subprocess.run([LAB, *map(str, words)], check=True, text=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def main():
    binary, debs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    suite = sys.argv[3] if len(sys.argv) > 3 else "bookworm"
    packaging = pathlib.Path(__file__).resolve().parent.parent / "packaging"
    lab("up", NAME, suite)
    try:
        lab("ssh", NAME, "mkdir -p /root/nk/debs")
        lab("push", NAME, binary, "/root/nk/nightkeep")
        lab("push", NAME, packaging, "/root/nk/")
        lab("push", NAME, *debs.iterdir(), "/root/nk/debs/")
        print(lab("ssh", NAME, "cd /root/nk && sh packaging/install.sh ./nightkeep >/dev/null 2>&1;"
                  " dpkg -i --force-all debs/*.deb >/dev/null 2>&1; tar -C /root -xzf debs/uac.tgz; du -sxm / | cut -f1"), "MB of files")
        with open("/tmp/measure.py", "w") as file:
            file.write(MEASURE)
        lab("push", NAME, "/tmp/measure.py", "/root/measure.py")
        print("| tool | CPU s | wall s | most memory of a process, MiB |\n|---|---|---|---|")
        for name, command in COMMANDS:
            cpu, wall, memory = lab("ssh", NAME, f"python3 /root/measure.py '{command}'").split()
            print(f"| {name} | {cpu} | {wall} | {memory} |", flush=True)
    finally:
        if not os.environ.get("KEEP"):
            lab("down", NAME)


if __name__ == "__main__":
    main()
