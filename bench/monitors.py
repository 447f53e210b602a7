#!/usr/bin/env python3
"""Watches many monitors of one local target at 20 s: checks per CPU second, resident memory, whether all were asked
within the first 20 s, and missed turns. Prints a Markdown table.

    bench/monitors.py NIGHTKEEP TARGET [--counts 0,1000,10000] [--https] [--core N] [--windows 3] [--warm 45]

NIGHTKEEP and TARGET are release builds of nightkeep and of the example bench-target. With --core the watch runs on
that core alone, the target on the others. The watch runs with its defaults: it samples this machine as well. CPU is
utime + stime of all its threads out of /proc, over windows of 20 s after the warm-up; the median window counts. Checks
are counted by the target.
"""

import argparse
import json
import os
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

INTERVAL = 20
TICK = os.sysconf("SC_CLK_TCK")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nightkeep")
    parser.add_argument("target")
    parser.add_argument("--counts", default="0,1000,10000")
    parser.add_argument("--https", action="store_true")
    parser.add_argument("--core", type=int)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--warm", type=float, default=45)
    return parser.parse_args()


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file if ":" in line)
    return [int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM", "RssAnon")]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answered(port, https):
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        context = ssl._create_unverified_context()
        stream = context.wrap_socket(plain) if https else plain
        stream.sendall(b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        text = b""
        while part := stream.recv(4096):
            text += part
    return int(text.rsplit(b"\r\n\r\n", 1)[1])


def write_config(folder, count, port, https):
    scheme = "https" if https else "http"
    with open(os.path.join(folder, "nightkeep.toml"), "w") as file:
        file.write(f'[store]\npath = "{folder}/store"\n')
        for n in range(count):
            file.write(f'[[monitor]]\nname = "target {n}"\ntype = "http"\ntarget = "{scheme}://127.0.0.1:{port}/{n}"\n')
            file.write(f'interval = "{INTERVAL}s"\n')


def monitors(nightkeep, folder):
    out = subprocess.run(
        [nightkeep, "--config", f"{folder}/nightkeep.toml", "--socket", f"{folder}/sock", "monitors", "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(out.stdout)


def run(args, count):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        command = [args.target, str(port)]
        if args.https:
            command.append(f"{folder}/certificate.pem")
            environment["SSL_CERT_FILE"] = f"{folder}/certificate.pem"
        others = set(os.sched_getaffinity(0)) - {args.core}
        pinned = (lambda cores: None if args.core is None else lambda: os.sched_setaffinity(0, cores))
        target = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=pinned(others or {args.core}))
        target.stdout.readline()
        write_config(folder, count, port, args.https)
        begun = time.monotonic()
        watch = subprocess.Popen(
            [args.nightkeep, "--config", f"{folder}/nightkeep.toml", "--socket", f"{folder}/sock", "run"],
            stderr=open(f"{folder}/log", "w"),
            env=environment,
            preexec_fn=pinned({args.core}),
        )
        try:
            while not os.path.exists(f"{folder}/sock"):
                time.sleep(0.01)
                if watch.poll() is not None:
                    sys.exit(open(f"{folder}/log").read())
            ready = time.monotonic()
            time.sleep(max(0, ready + INTERVAL - time.monotonic()))
            first = answered(port, args.https)
            time.sleep(max(0, begun + args.warm - time.monotonic()))
            windows = []
            for _ in range(args.windows):
                before, checks, at = cpu(watch.pid), answered(port, args.https), time.monotonic()
                time.sleep(INTERVAL)
                took = time.monotonic() - at
                windows.append((cpu(watch.pid) - before, answered(port, args.https) - checks, took))
            resident, peak, own = memory(watch.pid)
            seen = monitors(args.nightkeep, folder)
            missed = sum(one["missed"] for one in seen)
            up = sum(one["status"] == "up" for one in seen)
        finally:
            watch.send_signal(signal.SIGTERM)
            watch.wait()
            target.kill()
            target.wait()
    seconds = statistics.median(window[0] for window in windows)
    checks = statistics.median(window[1] for window in windows)
    per_second = checks / seconds if seconds and count else 0
    all_windows = " / ".join(f"{window[0]:.2f}" for window in windows)
    print(
        f"| {count} | {all_windows} s | {100 * seconds / INTERVAL:.1f} | {checks:.0f} | "
        f"{per_second:.0f} | {resident:.0f} ({peak:.0f}, {own:.0f}) | {first} | {up} | {missed} |",
        flush=True,
    )


def main():
    args = arguments()
    kind = "HTTPS" if args.https else "HTTP"
    where = "" if args.core is None else " (on one core)"
    print(
        f"| {kind} monitors at {INTERVAL} s{where} | CPU per window | % of a core | checks per window | "
        "checks per CPU second | RSS MiB (peak, without code) | asked in the first 20 s | up | missed |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for count in args.counts.split(","):
        run(args, int(count))


if __name__ == "__main__":
    main()
