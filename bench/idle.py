#!/usr/bin/env python3
"""What watching costs while nothing happens: nightkeep beside prometheus-node-exporter (scraped) and
monit, on the same machine, in the same run, each looking every 10 seconds.

    bench/idle.py [WINDOWS [SECONDS]]

Needs root and Debian's packages prometheus-node-exporter and monit (installed if missing). Prints
medians of the windows, CPU scaled to 5 minutes, as a Markdown table.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
TICK = os.sysconf("SC_CLK_TCK")
PORT = 19100

MONIT = """
set daemon 10
set pidfile {dir}/monit.pid
set idfile {dir}/monit.id
set statefile {dir}/monit.state
check system $HOST
  if loadavg (5min) per core > 4 then alert
  if memory usage > 90% then alert
  if cpu usage > 95% for 10 cycles then alert
check filesystem root with path /
  if space usage > 85% then alert
  if inode usage > 85% then alert
check file passwd with path /etc/passwd
  if changed checksum then alert
check process self with pidfile {dir}/monit.pid
"""

CONFIG = """
host = "bench"
interval = "10s"
[store]
path = "{dir}/store"
[channel.none]
type = "command"
command = ["/bin/true"]
"""


def tree(pid):
    """The process and its children, by /proc."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def cpu(pid):
    """CPU seconds of a process with all its threads, those that ended too, and its children."""
    total = 0.0
    for one in tree(pid):
        # The clock of another process, in nanoseconds: MAKE_PROCESS_CPUCLOCK of the kernel.
        total += time.clock_gettime_ns((~one << 3) | 2) / 1e9
        # Children it waited for, in clock ticks.
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[13]) + int(fields[14])) / TICK
    return total


def memory(pid):
    """Resident and proportional set size in KiB."""
    sums = {"Rss:": 0, "Pss:": 0}
    for one in tree(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            words = line.split()
            if words[0] in sums:
                sums[words[0]] += int(words[1])
    return sums["Rss:"], sums["Pss:"]


def scrape(stop):
    while not stop.wait(10):
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics").read()


def main():
    missing = [name for name in ["prometheus-node-exporter", "monit"] if not shutil.which(name)]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
    directory = Path(tempfile.mkdtemp(prefix="nightkeep-bench"))
    (directory / "nightkeep.toml").write_text(CONFIG.format(dir=directory))
    monitrc = directory / "monitrc"
    monitrc.write_text(MONIT.format(dir=directory))
    monitrc.chmod(0o600)
    binary = os.environ.get("NIGHTKEEP", ROOT / "target/release/nightkeep")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    tools = {
        "nightkeep": [binary, "--config", directory / "nightkeep.toml", "--socket", directory / "socket", "run"],
        "prometheus-node-exporter": ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{PORT}"],
        "monit": ["monit", "-I", "-c", monitrc],
    }
    running = {name: subprocess.Popen([*map(str, command)], **quiet) for name, command in tools.items()}
    stop = threading.Event()
    threading.Thread(target=scrape, args=[stop], daemon=True).start()
    try:
        time.sleep(30)
        spent = {name: [] for name in running}
        for _ in range(WINDOWS):
            before = {name: cpu(process.pid) for name, process in running.items()}
            time.sleep(SECONDS)
            for name, process in running.items():
                spent[name].append((cpu(process.pid) - before[name]) * 300 / SECONDS)
        print("| tool | CPU s / 5 min, median (min–max) | resident KiB | proportional KiB |")
        print("|---|---|---|---|")
        for name, process in running.items():
            rss, pss = memory(process.pid)
            low, high = min(spent[name]), max(spent[name])
            print(f"| {name} | {statistics.median(spent[name]):.3f} ({low:.3f}–{high:.3f}) | {rss} | {pss} |")
    finally:
        stop.set()
        for process in running.values():
            process.terminate()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
