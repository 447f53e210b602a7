#!/usr/bin/env python3
"""Watches many monitors of one local target at 20 s: checks per CPU second, resident memory, whether all were asked
within the first 20 s, and missed turns. Prints a Markdown table.

    bench/monitors.py NIGHTKEEP TARGET [--counts 0,1000,10000] [--https] [--core N] [--windows 3] [--warm 45]
                      [--kuma DIR]

NIGHTKEEP and TARGET are release builds of nightkeep and of the example bench-target. With --core the watch runs on
that core alone, the target on the others. The watch runs with its defaults: it samples this machine as well. CPU is
utime + stime of all its threads out of /proc, over windows of 20 s after the warm-up; the median window counts. Checks
are counted by the target.

With --kuma, Uptime Kuma watches the same target after nightkeep, from DIR: its sources at a tag, `npm ci --omit dev`
and a `dist/index.html` (an empty page will do). It starts a monitor about every 0.65 s, so its warm-up lasts until it
has asked each one.
"""

import argparse
import json
import os
import signal
import socket
import sqlite3
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
    parser.add_argument("--kuma", type=os.path.abspath)
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


class Target:
    """What is asked: on all cores but the one of the watch."""

    def __init__(self, args, folder):
        self.port, self.https = free_port(), args.https
        command = [args.target, str(self.port)] + ([f"{folder}/certificate.pem"] if args.https else [])
        others = set(os.sched_getaffinity(0)) - {args.core}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, preexec_fn=pinned(args.core, others or {args.core})
        )
        self.process.stdout.readline()

    def answered(self):
        return answered(self.port, self.https)

    def stop(self):
        self.process.kill()
        self.process.wait()


def pinned(core, cores):
    return None if core is None else lambda: os.sched_setaffinity(0, cores)


def measure(pid, target, count):
    windows = []
    for _ in range(count):
        before, checks = cpu(pid), target.answered()
        time.sleep(INTERVAL)
        windows.append((cpu(pid) - before, target.answered() - checks))
    return windows


def show(name, count, windows, memory, first, up, missed):
    seconds = statistics.median(window[0] for window in windows)
    checks = statistics.median(window[1] for window in windows)
    per_second = checks / seconds if seconds and count else 0
    all_windows = " / ".join(f"{window[0]:.2f}" for window in windows)
    resident, peak, own = memory
    print(
        f"| {name} | {count} | {all_windows} s | {100 * seconds / INTERVAL:.1f} | {checks:.0f} | "
        f"{per_second:.0f} | {resident:.0f} ({peak:.0f}, {own:.0f}) | {first} | {up} | {missed} |",
        flush=True,
    )


def run(args, count):
    with tempfile.TemporaryDirectory() as folder:
        target = Target(args, folder)
        write_config(folder, count, target.port, args.https)
        begun = time.monotonic()
        watch = subprocess.Popen(
            [args.nightkeep, "--config", f"{folder}/nightkeep.toml", "--socket", f"{folder}/sock", "run"],
            stderr=open(f"{folder}/log", "w"),
            env={**os.environ, **({"SSL_CERT_FILE": f"{folder}/certificate.pem"} if args.https else {})},
            preexec_fn=pinned(args.core, {args.core}),
        )
        try:
            while not os.path.exists(f"{folder}/sock"):
                time.sleep(0.01)
                if watch.poll() is not None:
                    sys.exit(open(f"{folder}/log").read())
            ready = time.monotonic()
            time.sleep(max(0, ready + INTERVAL - time.monotonic()))
            first = target.answered()
            time.sleep(max(0, begun + args.warm - time.monotonic()))
            windows = measure(watch.pid, target, args.windows)
            kept = memory(watch.pid)
            seen = monitors(args.nightkeep, folder)
            missed = sum(one["missed"] for one in seen)
            up = sum(one["status"] == "up" for one in seen)
        finally:
            watch.send_signal(signal.SIGTERM)
            watch.wait()
            target.stop()
    show("nightkeep", count, windows, kept, first, up, missed)


class Kuma:
    def __init__(self, args, folder):
        self.port, self.args, self.data = free_port(), args, f"{folder}/kuma"
        os.makedirs(self.data)
        with open(f"{self.data}/db-config.json", "w") as file:
            file.write('{"type":"sqlite"}')

    def start(self):
        self.process = subprocess.Popen(
            ["node", "server/server.js", f"--port={self.port}", f"--data-dir={self.data}/"],
            cwd=self.args.kuma,
            env={**os.environ, "NODE_ENV": "production", "UPTIME_KUMA_HOST": "127.0.0.1", "UPTIME_KUMA_DB_TYPE": "sqlite",
                 "NODE_TLS_REJECT_UNAUTHORIZED": "0"},
            stdout=open(f"{self.data}/log", "a"),
            stderr=subprocess.STDOUT,
            preexec_fn=pinned(self.args.core, {self.args.core}),
        )
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.5)
            if self.process.poll() is not None:
                sys.exit(open(f"{self.data}/log").read())

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def monitors(self, count, target):
        """The same monitors, as its page would make them."""
        columns = (
            "name, active, user_id, interval, url, type, maxretries, accepted_statuscodes_json, method, timeout, "
            "retry_interval, domain_expiry_notification, ignore_tls, conditions, kafka_producer_brokers, "
            "kafka_producer_sasl_options, rabbitmq_nodes"
        )
        scheme = "https" if target.https else "http"
        with sqlite3.connect(f"{self.data}/kuma.db") as db:
            db.execute("insert or ignore into user (id, username, password, active) values (1, 'admin', 'x', 1)")
            db.execute("insert or replace into setting (key, value, type) values ('checkUpdate', 'false', 'general')")
            for n in range(count):
                row = (f"target {n}", 1, 1, INTERVAL, f"{scheme}://127.0.0.1:{target.port}/{n}", "http", 0,
                       '["200-299"]', "GET", 16, INTERVAL, 0, target.https, "[]", "[]", "{}", "[]")
                db.execute(f"insert into monitor ({columns}) values ({', '.join('?' * len(row))})", row)

    def beats(self, what):
        with sqlite3.connect(f"file:{self.data}/kuma.db?mode=ro", uri=True) as db:
            return db.execute(what).fetchone()[0]


def run_kuma(args, count):
    with tempfile.TemporaryDirectory() as folder:
        target = Target(args, folder)
        kuma = Kuma(args, folder)
        try:
            kuma.start()  # makes its database
            time.sleep(3)
            kuma.stop()
            kuma.monitors(count, target)
            kuma.start()
            time.sleep(INTERVAL)
            first = target.answered()
            asked = "select count(distinct monitor_id) from heartbeat"
            begun = time.monotonic()
            while kuma.beats(asked) < count:
                time.sleep(1)
            print(f"Uptime Kuma asked all {count} after {INTERVAL + time.monotonic() - begun:.0f} s.", file=sys.stderr)
            time.sleep(INTERVAL)
            windows = measure(kuma.process.pid, target, args.windows)
            kept = memory(kuma.process.pid)
            last = "select max(id) from heartbeat group by monitor_id"
            up = kuma.beats(f"select count(*) from heartbeat where status = 1 and id in ({last})")
        finally:
            kuma.stop()
            target.stop()
    show("Uptime Kuma", count, windows, kept, first, up, "")


def main():
    args = arguments()
    kind = "HTTPS" if args.https else "HTTP"
    where = "" if args.core is None else " (on one core)"
    print(
        f"| | {kind} monitors at {INTERVAL} s{where} | CPU per window | % of a core | checks per window | "
        "checks per CPU second | RSS MiB (peak, without code) | asked in the first 20 s | up | missed |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for count in args.counts.split(","):
        run(args, int(count))
        if args.kuma and int(count):
            run_kuma(args, int(count))


if __name__ == "__main__":
    main()
