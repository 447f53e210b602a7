#!/usr/bin/env python3
"""Compares `nightkeep triage` with rkhunter, chkrootkit, unhide, lynis, debsums and UAC on one server, in one run:
CPU seconds of each and of its children, wall seconds, and the most memory of one process.

    bench/triage.py NIGHTKEEP UAC.tgz [SUITE]                     in a container, at the machine's own speed
    LAB=path/to/lab bench/triage.py NIGHTKEEP UAC.tgz [SUITE]     on a lab server, which is emulated

UAC.tgz has UAC's sources in a folder `uac`:

    git clone --depth 1 https://github.com/tclahr/uac && tar -czf uac.tgz uac

The rest comes from this machine's Debian mirror: it needs root, Debian, and outside of the lab debootstrap and
systemd-container. Every command runs RUNS times (4; 2 in the lab): the first fills the cache, the median of the
others is told.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
LAB = os.environ.get("LAB")
NAME = os.environ.get("WEB", "peers1")
RUNS = os.environ.get("RUNS", "2" if LAB else "4")
DIR = pathlib.Path(os.environ.get("DIR", "/var/tmp/nightkeep-bench"))
PEERS = "rkhunter chkrootkit unhide lynis debsums binutils lsof net-tools psmisc file".split()
# What a lab server has as well, and a kernel, which is in the files of every server.
SERVER = ("systemd systemd-sysv dbus udev kmod iproute2 procps python3 curl openssl openssh-server sudo cron auditd fail2ban"
          " nftables caddy less ca-certificates rsyslog linux-image-cloud-amd64").split()
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
import resource, statistics, subprocess, sys, time
cpu, wall = [], []
for _ in range(int(sys.argv[1])):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(["sh", "-c", sys.argv[2]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    wall.append(time.monotonic() - begin)
print(statistics.median(cpu[1:] or cpu), statistics.median(wall[1:] or wall), after.ru_maxrss / 1024)
"""


def run(*words, **more):
    done = subprocess.run([*map(str, words)], text=True, capture_output=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode:
        sys.exit(f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def mirror():
    for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").iterdir())]:
        found = path.exists() and re.search(r"^(?:URIs:|deb(?: \[.*\])?) *(http\S*/debian/?)(?:\s|$)", path.read_text(), re.M)
        if found:
            return found[1]
    return "http://deb.debian.org/debian"


class Lab:
    """A server without a network of its own: what it needs is fetched here, by its list of packages."""

    def __init__(self, suite):
        run(LAB, "up", NAME, suite)
        work = DIR / f"debs-{suite}"
        for folder in ["lists/partial", "archives/partial"]:
            (work / folder).mkdir(parents=True, exist_ok=True)
        run(LAB, "pull", NAME, "/var/lib/dpkg/status", work / "status")
        keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        (work / "sources.list").write_text(f"deb [signed-by={keys}] {mirror()} {suite} main\n")
        options = [f"Dir::State={work}", f"Dir::State::Lists={work}/lists", f"Dir::State::status={work}/status",
                   f"Dir::Cache={work}", f"Dir::Etc::SourceList={work}/sources.list", "Dir::Etc::SourceParts=-"]
        apt = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
        run(*apt, "update")
        run(*apt, "--yes", "--no-install-recommends", "--download-only", "install", *PEERS)
        self.inside("mkdir /root/debs")
        self.push(*(work / "archives").glob("*.deb"), "/root/debs/")
        self.inside("export DEBIAN_FRONTEND=noninteractive; dpkg -i /root/debs/*.deb; rm -r /root/debs")

    def inside(self, command):
        return run(LAB, "ssh", NAME, command)

    def push(self, *words):
        run(LAB, "push", NAME, *words)

    def close(self):
        run(LAB, "down", NAME)


class Container:
    """Booted by systemd-nspawn from a copy: an overlay would be walked through at another cost."""

    def __init__(self, suite):
        fresh, base = DIR / f"triage-{suite}.tmp", DIR / f"triage-{suite}"
        if not base.exists():
            run("rm", "-rf", fresh)
            fresh.mkdir(parents=True)
            run("debootstrap", "--variant=minbase", "--include=" + ",".join(SERVER + PEERS), suite, fresh, mirror())
            fresh.rename(base)
        self.root = DIR / f"triage-{suite}.run"
        run("rm", "-rf", self.root)
        run("cp", "-a", base, self.root)
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--private-network",
             "--register=no", "--keep-unit", "--console=read-only", f"--bind-ro={HERE.parent}/packaging:/root/packaging"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(60):
            time.sleep(1)
            state = subprocess.run([*self.enter(), "systemctl", "is-system-running"], capture_output=True, text=True).stdout
            if state.strip() in ("running", "degraded"):
                return
        sys.exit("the container did not boot")

    def first(self):
        """The container's first process."""
        return (subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split() or ["0"])[0]

    def enter(self):
        return ["nsenter", "--all", "--target", self.first(), "env", "-i", "HOME=/root", "LC_ALL=C.UTF-8",
                "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    def inside(self, command):
        return run(*self.enter(), "sh", "-c", command)

    def push(self, *words):
        *files, place = words
        for file in files:
            with open(file, "rb") as content:
                name = pathlib.Path(file).name
                subprocess.run([*self.enter(), "sh", "-c", f"cat >{place}{name}"], stdin=content, check=True)

    def close(self):
        # systemd's own word for `power off`.
        os.kill(int(self.first()), signal.SIGRTMIN + 4)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        run("rm", "-rf", self.root)


def main():
    binary, uac = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    suite = sys.argv[3] if len(sys.argv) > 3 else "bookworm"
    server = Lab(suite) if LAB else Container(suite)
    try:
        if LAB:
            server.push(HERE.parent / "packaging", "/root/")
        (DIR / "measure.py").write_text(MEASURE)
        server.inside("mkdir -p /root/in")
        server.push(binary, uac, DIR / "measure.py", "/root/in/")
        server.inside(f"chmod +x /root/in/{binary.name}; sh /root/packaging/install.sh /root/in/{binary.name} >/dev/null;"
                      f" tar -C /root -xzf /root/in/{uac.name}")
        print(server.inside("du -sxm / | cut -f1").strip(), "MB of files", flush=True)
        print("| tool | CPU s | wall s | most memory of a process, MiB |\n|---|---|---|---|")
        for name, command in COMMANDS:
            words = server.inside(f"python3 /root/in/measure.py {RUNS} '{command}'").split()
            cpu, wall, memory = map(float, words)
            print(f"| {name} | {cpu:.2f} | {wall:.1f} | {memory:.0f} |", flush=True)
    finally:
        if not os.environ.get("KEEP"):
            server.close()


if __name__ == "__main__":
    main()
