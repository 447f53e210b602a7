#!/usr/bin/env python3
"""What a ping of a heartbeat costs: pings a second, pings per CPU second of nightkeep, p50 and p99.

    bench/heartbeats.py BINARY [SECONDS [ROUNDS [HEALTHCHECKS_PORT PING_KEY PID]]]

With the last three a running Healthchecks (the process PID and those it started) is called the same way
right after. Needs Debian's package wrk (installed if missing). Each of 100 checks is called at random, as in the
measurement of Healthchecks it is held against (`wrk -t1 -c8`, a new connection each: 212 pings per
CPU second with uWSGI and SQLite, 137 with PostgreSQL). Prints medians of the rounds as a Markdown table.

The flood limit writes no more than a line a second into the log of one check; to measure with every
ping written down as well, the row "many checks" calls one after another of 20000.
"""

import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
OTHER = (int(sys.argv[4]), sys.argv[5], int(sys.argv[6])) if len(sys.argv) > 6 else None
TICK = os.sysconf("SC_CLK_TCK")
PORT = 18466

CONFIG = """
host = "bench"
[store]
path = "{dir}/store"
[web]
listen = ["127.0.0.1:{port}"]
[channel.none]
type = "command"
command = ["/bin/true"]
"""

LUA = """
math.randomseed({seed})
local paths = {{ {paths} }}
local n = 0
request = function()
  n = n + 1
  local path = paths[{pick}]
  return wrk.format("GET", path{headers})
end
"""


def family(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [one for child in children for one in family(int(child))]


def cpu(pids):
    stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICK


def resident(pids):
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) for status in statuses) / 1024


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def load(port, pids, directory, paths, connections, close, every):
    pick = "(n % #paths) + 1" if every else "math.random(#paths)"
    headers = ', {["Connection"] = "close"}' if close else ""
    script = Path(directory) / "load.lua"
    names = ", ".join(f'"{path}"' for path in paths)
    script.write_text(LUA.format(seed=time.time_ns() % 1000000, paths=names, pick=pick, headers=headers))
    before, began = cpu(pids), time.monotonic()
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", str(script), f"http://127.0.0.1:{port}"],
        check=True, capture_output=True, text=True,
    ).stdout
    used, took = cpu(pids) - before, time.monotonic() - began
    done = int(re.search(r"(\d+) requests in", said)[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if failed:
        print(f"not acknowledged: {failed[1]}", file=sys.stderr)
    p50 = milliseconds(re.search(r"50%\s+(\S+)", said)[1])
    p99 = milliseconds(re.search(r"99%\s+(\S+)", said)[1])
    return done / took, done / used, p50, p99, resident(pids)


def main():
    binary = Path(sys.argv[1]).resolve()
    if not shutil.which("wrk"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        config = Path(directory) / "nightkeep.toml"
        config.write_text(CONFIG.format(dir=directory, port=PORT))
        socket = f"{directory}/socket"
        watch = subprocess.Popen(
            [binary, "--config", config, "--socket", socket, "run"], stderr=open(f"{directory}/log", "w")
        )
        try:
            measure(watch.pid, directory)
        finally:
            watch.send_signal(signal.SIGTERM)
            watch.wait()
            if os.environ.get("BENCH_LOG"):
                print(Path(f"{directory}/log").read_text()[-4000:], file=sys.stderr)


def measure(pid, directory):
    key = None
    while key is None:
        time.sleep(0.2)
        try:
            with sqlite3.connect(f"file:{directory}/store/heartbeats.db?mode=ro", uri=True) as db:
                key = (db.execute("select ping_key from heartbeat_project").fetchone() or [None])[0]
        except sqlite3.OperationalError:
            pass
    print("| | load | pings/s | pings per CPU-s | p50 ms | p99 ms | resident MiB |\n|---|---|---|---|---|---|---|")
    call("nightkeep", PORT, key, [pid], directory, 4)
    if OTHER:
        port, key, pid = OTHER
        # With more at once it falls behind so far that wrk measures nothing.
        call("Healthchecks", port, key, family(pid), directory, 1)


def call(name, port, key, pids, directory, most):
    made = [f"/ping/{key}/job-{n}" for n in range(100)]
    for path in made:
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?create=1").read()
    many = [f"/ping/{key}/many-{n}?create=1" for n in range(9000)]
    kinds = [
        ("new connections, 8 at once", made, 8, True, False),
        ("new connections, 64 at once", made, 64, True, False),
        ("64 keep-alive clients", made, 64, False, False),
        ("64 keep-alive clients, many checks", many, 64, False, True),
    ]
    for kind, paths, connections, close, every in kinds[:most]:
        if every:
            load(port, pids, directory, paths, connections, close, every)
        rounds = [load(port, pids, directory, paths, connections, close, every) for _ in range(ROUNDS)]
        rate, per_cpu, p50, p99, rss = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {kind} | {rate:.0f} | {per_cpu:.0f} | {p50:.2f} | {p99:.2f} | {rss:.1f} |", flush=True)


if __name__ == "__main__":
    main()
