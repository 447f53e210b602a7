#!/usr/bin/env python3
"""How fast the page is with a year behind it: 2,000 monitors of a local target, 200 units, 100,000 events.

    bench/page.py NIGHTKEEP SEED TARGET [--rounds 60] [--keep DIR]

NIGHTKEEP, SEED and TARGET are release builds of nightkeep and of the examples bench-seed and bench-target. The store is
filled first (kept in DIR, if that is said, for the next time). Then each page is asked for as a browser does (gzip, one
connection), one after the other; the time is from the request to the last byte, without connecting. Prints a Markdown
table: the first request, which may have to read what the others find kept, the median and the 99th percentile of the
others, the CPU time of the whole process in a request (its watching meanwhile among it: the figure to compare on a
machine that does other things too), the bytes as sent, and what a first visit loads in all.
"""

import argparse
import gzip
import http.client
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PAGES = [
    "/tonight",
    "/monitors",
    "/monitors?q=77",
    "/monitors/Service%201234",
    "/heartbeats",
    "/server",
    "/server?range=30d",
    "/server?range=1y",
    "/server?range=2y",
    "/security",
    "/security/logins",
    "/security/bans",
    "/incidents",
    "/alerts",
    "/alerts/history",
    "/alerts/deliveries",
    "/alerts/quiet",
    "/alerts/1000",
    "/settings/config",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def config(folder, store, port, target, count):
    text = f'host = "bench"\n[store]\npath = "{store}"\n[web]\nlisten = ["127.0.0.1:{port}"]\nlogin = "off-loopback"\n'
    text += '[way-out]\nask = []\n[ssh]\nenabled = false\n[units]\nenabled = false\n'
    for n in range(count):
        name = "shop" if n == 0 else f"Service {n}"
        text += f'[[monitor]]\nname = "{name}"\ntype = "http"\ntarget = "http://127.0.0.1:{target}/{n}"\n'
        text += f'group = "Group {n % 40}"\ntags = ["tag{n % 12}"]\ninterval = "60s"\n'
    path = os.path.join(folder, "nightkeep.toml")
    with open(path, "w") as file:
        file.write(text)
    return path


class Asker:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()

    def get(self, path):
        begin = time.perf_counter()
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        return time.perf_counter() - begin, answer, body


def wait(port, deadline=120):
    for _ in range(deadline * 10):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("it does not listen")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("nightkeep", "seed", "target"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--monitors", type=int, default=2000)
    parser.add_argument("--keep", type=os.path.abspath)
    args = parser.parse_args()
    folder = args.keep or tempfile.mkdtemp()
    store = os.path.join(folder, "store")
    if not os.path.exists(store):
        subprocess.run([args.seed, store, "bench", str(args.monitors)], check=True)
    port, target = free_port(), free_port()
    processes = [subprocess.Popen([args.target, str(target)], stdout=subprocess.DEVNULL)]
    path = config(folder, store, port, target, args.monitors)
    run = [args.nightkeep, "--config", path, "--socket", os.path.join(folder, "socket"), "run"]
    log = open(os.path.join(folder, "log"), "w")
    processes.append(subprocess.Popen(run, stderr=log))
    try:
        wait(port)
        # Every monitor was asked, and the past was read once.
        time.sleep(75)
        measure(port, args.rounds, processes[1].pid)
        with open(f"/proc/{processes[1].pid}/status") as file:
            print("\nresident afterwards:", re.search(r"VmRSS:\s*(.*)", file.read())[1])
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            process.wait()
        if not args.keep:
            shutil.rmtree(folder)


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(port, rounds, pid):
    asker = Asker(port)
    print("| page | first ms | median ms | p99 ms | CPU ms | sent KiB |\n|---|---|---|---|---|---|")
    slowest = []
    for page in PAGES:
        took, answer, body = asker.get(page)
        if answer.status != 200:
            print(f"| {page} | {answer.status} | | | | |")
            continue
        before = cpu_ms(pid)
        times = sorted(asker.get(page)[0] * 1000 for _ in range(rounds))
        cpu = (cpu_ms(pid) - before) / rounds
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        slowest.append(p99)
        figures = [took * 1000, statistics.median(times), p99, cpu, len(body) / 1024]
        print(f"| {page} | {' | '.join(f'{figure:.1f}' for figure in figures)} |", flush=True)
    for page in ("/tonight", "/monitors", "/server"):
        _, _, body = asker.get(page)
        html = gzip.decompress(body).decode()
        total = len(body)
        for file in set(re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg))"', html)):
            total += len(asker.get(file)[2])
        print(f"\nA first visit to {page} loads {total / 1024:.0f} KiB.")
    print(f"\nThe slowest p99 is {max(slowest):.1f} ms.")


main()
