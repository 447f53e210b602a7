#!/usr/bin/env python3
"""Servers on which nobody was: whatever their owner does with them, triage tells of nothing above info.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/clean.py [SUITE [VARIANT...]]

For each variant a fresh server is booted, nightkeep installed as the README says, which takes the baseline,
and then the variant made so. `nightkeep triage` is asked after the change, where what is new may be told as
new and decides nothing; after the owner accepted it; and after an installation from nothing, both with the
baseline of what is there now and without one. A variant is a generator: what it does before its first
`yield` is there before the baseline is taken, and what comes after a second one before the last installation. Packages are Debian's own: this machine fetches them
from MIRROR into DEBS (both have a default), since the servers have no way out. KEEP=1 leaves the server up.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("WEB", "clean1")
from story import BINARY, LAB, ROOT, WEB, Server, lab, wait_for  # noqa: E402

MIRROR = os.environ.get("MIRROR", "http://deb.debian.org")
DEBS = pathlib.Path(os.environ.get("DEBS", tempfile.gettempdir() + "/nightkeep-debs"))
VARIANTS = []


def variant(function):
    VARIANTS.append(function)
    return function


class Clean:
    def __init__(self, suite):
        self.suite = suite
        self.web = Server(WEB, suite, memory="1536")
        self.wrong = []

    def run(self, command, check=True):
        # 255: ssh's own trouble. Containers keep a server under emulation so busy that its time runs out.
        for _ in range(12):
            done = subprocess.run([LAB, "ssh", WEB, command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            if done.returncode != 255:
                break
            time.sleep(10)
        if check and done.returncode:
            raise RuntimeError(f"{WEB}: {command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, path, text, mode="644"):
        """A file on the server."""
        coded = base64.b64encode(text.encode()).decode()
        self.run(f"mkdir -p {os.path.dirname(path)} && echo {coded} | base64 -d > {path} && chmod {mode} {path}")

    def install(self):
        """As the README says."""
        self.run("mkdir -p /root/nk")
        self.web.push(BINARY, "/root/nk/nightkeep")
        self.web.push(ROOT / "packaging", "/root/nk/")
        self.run("cd /root/nk && sh packaging/install.sh ./nightkeep")
        time.sleep(20)

    def install_anew(self):
        """As on a server that never had it."""
        self.run("systemctl stop nightkeep; rm -rf /etc/nightkeep /var/lib/nightkeep; cd /root/nk && sh packaging/install.sh ./nightkeep")
        time.sleep(20)

    def debs(self, *packages, upgrade=False):
        """Fetches packages, and what they need beside what this server has."""
        folder = DEBS / self.suite
        for one in ("lists/partial", "cache/archives/partial", "parts"):
            (folder / one).mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text(self.run("cat /var/lib/dpkg/status"))
        signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        sources = [("debian", self.suite), ("debian", f"{self.suite}-updates"), ("debian-security", f"{self.suite}-security")]
        (folder / "sources.list").write_text("".join(f"deb {signed} {MIRROR}/{where} {what} main\n" for where, what in sources))
        (folder / "apt.conf").write_text(
            f'Dir::State "{folder}"; Dir::State::status "{folder}/status"; Dir::Cache "{folder}/cache";'
            f' Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "{folder}/parts";'
            f' Dir::Etc::preferencesparts "{folder}/parts"; APT::Sandbox::User "root"; APT::Install-Recommends "false";'
            ' APT::Architecture "amd64";'
        )
        env = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
        apt = lambda *words: subprocess.run(["apt-get", "-qq", "-y", *words], env=env, check=True, capture_output=True, text=True).stdout
        shutil.rmtree(folder / "cache/archives")
        (folder / "cache/archives/partial").mkdir(parents=True)
        apt("update")
        # The server's kernel is not on its disk, and to unpack another one takes long.
        if upgrade:
            told = apt("-s", "dist-upgrade").splitlines()
            newer = [line.split()[1] for line in told if line.startswith("Inst ")]
            packages += tuple(one for one in newer if not one.startswith("linux-image"))
        apt("--download-only", "--reinstall", "install", *packages)
        return sorted((folder / "cache/archives").glob("*.deb"))

    def unpack(self, *packages, upgrade=False):
        """Installs them on the server."""
        fetched = self.debs(*packages, upgrade=upgrade)
        print(f"    {len(fetched)} packages", flush=True)
        self.run("rm -rf /var/cache/debs; mkdir -p /var/cache/debs")
        self.web.push(*fetched, "/var/cache/debs/")
        # Out of reach of a shell that ssh holds: sshd itself may be replaced.
        self.run("systemd-run --quiet --unit=unpack --setenv=DEBIAN_FRONTEND=noninteractive -p RemainAfterExit=yes"
                 " sh -c 'apt-get -y --no-install-recommends --reinstall -o Dpkg::Options::=--force-confold install /var/cache/debs/*.deb > /var/cache/unpacked 2>&1; echo $? > /var/cache/debs/done'")
        # Each login costs a slow server more than the waiting.
        wait_for(lambda: self.run("for i in $(seq 50); do [ -s /var/cache/debs/done ] && break; sleep 2; done; cat /var/cache/debs/done", check=False), 2400)
        assert self.run("cat /var/cache/debs/done").strip() == "0", self.run("tail -30 /var/cache/unpacked")
        self.run("systemctl stop unpack; rm -rf /var/cache/debs")

    def triage(self):
        text = self.run("nightkeep triage --json --no-record --since 1d", check=False)
        return json.loads(text[text.index("{"):])

    def judge(self, when, may_be_new=False):
        """Nothing above info; or, of what is new, that it is new, and nothing that decides."""
        report = self.triage()
        above = [found for found in report["findings"] if found["severity"] != "info"]
        answer = report["verdict"]["answer"]
        print(f"  {when}: {answer}, {len(report['findings'])} findings, {len(above)} above info", flush=True)
        for found in above:
            print(f"    {found['severity']} {found['certainty']} {found['id']} {found['sentence']}")
            for seen in found["evidence"][:3]:
                print(f"        {seen}")
        if may_be_new:
            bad = [found for found in above if found["certainty"] != "hint"]
            is_right = not bad and answer in ("nothing-seen", "cannot-tell")
        else:
            is_right = not above and answer == "nothing-seen"
        if not is_right:
            self.wrong.append(f"{when}: {answer}, {', '.join(sorted({found['id'] for found in above}))}")

    def login(self, user, command):
        """Somebody who sits at a terminal, and stays for half an hour."""
        options = "-tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        self.write(f"/home/{user}/today", f"{command}\n", "755")
        self.run(f"systemd-run --quiet --collect --unit=terminal-{user}-{time.monotonic_ns()} sh -c"
                 f" 'sleep 1800 | ssh {options} -i /root/key-{user} {user}@127.0.0.1 sh today'")


@variant
def plain(clean):
    """Nothing was done."""
    yield


BOX = ["sh", "ls", "cat", "cp", "chmod", "mkdir", "sleep", "httpd", "nc", "wget", "ping", "ps", "top", "true", "echo"]


@variant
def docker(clean):
    """Docker, with containers that see much of the host."""
    yield
    for one in clean.debs("busybox-static"):
        if one.name.startswith("busybox"):
            busybox = one
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", str(busybox), f"{folder}/deb"], check=True)
        root = pathlib.Path(folder) / "root"
        for one in ("bin", "tmp", "etc", "www", "proc", "sys", "dev", "run"):
            (root / one).mkdir(parents=True)
        shutil.copy(next(pathlib.Path(f"{folder}/deb").glob("**/bin/busybox")), root / "bin/busybox")
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
        (root / "www/index.html").write_text("well\n")
        for one in BOX:
            os.symlink("busybox", root / "bin" / one)
        # Images have programs of their own with set-user-id.
        shutil.copy(root / "bin/busybox", root / "bin/su")
        (root / "bin/su").chmod(0o4755)
        subprocess.run(["tar", "-C", str(root), "--owner=0", "--group=0", "-cf", f"{folder}/box.tar", "."], check=True)
        clean.web.push(f"{folder}/box.tar", "/root/box.tar")
    clean.unpack("docker.io", "iptables", "apparmor", *(["docker-cli"] if clean.suite == "trixie" else []))
    print(clean.run("systemctl start docker; docker import --change 'ENV PATH=/bin' /root/box.tar box; docker version --format '{{.Server.Version}}'; docker info 2>/dev/null | grep -E 'Storage|Cgroup'"))
    for name, options, command in (
        ("web", "-p 8080:80", "httpd -f -p 80 -h /www"),
        ("agent", "--pid=host -v /:/host:ro", "sleep 100000"),
        ("monitor", "--pid=host --network host --privileged", "httpd -f -p 9100 -h /www"),
        ("portainer", "-v /var/run/docker.sock:/var/run/docker.sock", "sh -c 'while :; do sleep 60; done'"),
        ("tools", "-v tools:/data", "sh -c 'cp /bin/busybox /bin/mount; chmod 4755 /bin/mount; cp /bin/busybox /data/sh; chmod 4755 /data/sh; exec sleep 100000'"),
        ("host", "--network host", "sh -c 'while :; do echo well | nc -l -p 7000; done'"),
        ("app", "--user 1000 --restart unless-stopped --init", "sh -c 'sleep 100000'"),
        ("limited", "--read-only --cap-add NET_ADMIN --memory 64m --tmpfs /run", "sh -c 'while :; do ping -c 1 127.0.0.1 >/dev/null; sleep 5; done'"),
    ):
        print(f"    {name}", clean.run(f"docker run -d --name {name} {options} box {command} 2>&1 | tail -1", check=False).strip())
    clean.run("systemd-run --quiet --collect --unit=inside docker exec web sleep 100000;"
              # Each exec is a runc that runs a copy of itself for a moment.
              " systemd-run --quiet --collect --unit=health sh -c 'while :; do docker exec web true; sleep 5; done'")
    running = clean.run("sleep 10; docker ps --format '{{.Names}} {{.Status}}'")
    print(running)
    assert running.count(" Up ") == 8, "a container did not start"


@variant
def cloud_init(clean):
    """An image of a cloud, set up by its seed."""
    yield
    clean.run("ssh-keygen -q -t ed25519 -N '' -f /root/key-ann; mkdir -p /var/lib/cloud/seed/nocloud")
    key = clean.run("cat /root/key-ann.pub").strip()
    clean.write("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-0123456789\nlocal-hostname: web1\n")
    clean.write(
        "/var/lib/cloud/seed/nocloud/user-data",
        f"#cloud-config\nssh_authorized_keys:\n  - {key}\nusers:\n  - default\n  - name: ann\n    groups: sudo\n    shell: /bin/bash\n"
        f"    sudo: ALL=(ALL) NOPASSWD:ALL\n    ssh_authorized_keys:\n      - {key}\n"
        "write_files:\n  - path: /etc/cron.d/refresh\n    content: |\n      @daily root /usr/bin/apt-get update -qq\n"
        "runcmd:\n  - [sh, -c, 'echo set up > /var/log/set-up']\nlocale: C.UTF-8\n",
    )
    clean.write("/etc/cloud/cloud.cfg.d/99-lab.cfg", "datasource_list: [NoCloud]\nnetwork: {config: disabled}\n")
    clean.unpack("cloud-init", "sudo")
    print(clean.run("for stage in 'init --local' init 'modules --mode=config' 'modules --mode=final'; do cloud-init $stage 2>&1 | tail -2; done; cloud-init status --long", check=False))
    print(clean.run("cat /etc/sudoers.d/90-cloud-init-users; cut -c1-120 /root/.ssh/authorized_keys; id ann; id debian", check=False))
    yield
    # Whoever installs nightkeep there has logged in by then.
    clean.login("ann", "sudo id; sleep 1800")


@variant
def upgraded(clean):
    """Upgraded a moment ago: nothing was restarted but auditd and fail2ban."""
    # Nothing boots from it, and it takes long to make.
    clean.run("sed -i 's/^update_initramfs=.*/update_initramfs=no/' /etc/initramfs-tools/update-initramfs.conf", check=False)
    yield
    clean.write("/usr/sbin/policy-rc.d", "#!/bin/sh\ncase $1 in auditd | fail2ban) exit 0 ;; esac\nexit 101\n", "755")
    services = ["cron", "openssh-server", "openssh-client", "systemd", "dbus", "caddy", "auditd", "fail2ban", "udev", "libc6", "libpam0g", "libpam-modules", "sudo", "bash", "python3.11" if clean.suite == "bookworm" else "python3.13", "unattended-upgrades"]
    if clean.suite == "bookworm":
        services.append("rsyslog")
    clean.unpack(*services, upgrade=True)
    clean.run("rm /usr/sbin/policy-rc.d")
    print(clean.run("ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c deleted; ls -l /proc/[0-9]*/exe 2>/dev/null | grep deleted | sed 's/.*-> //' | sort | uniq -c; journalctl -u auditd -u fail2ban --since -20min --no-pager -o cat | tail -6", check=False))


APP = """
import http.server, subprocess
subprocess.Popen("while :; do sleep 60; done", shell=True)
http.server.ThreadingHTTPServer(("127.0.0.1", {port}), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
NODE = """
process.title = "npm start";
require("child_process").exec("while :; do sleep 60; done");
require("http").createServer((_, answer) => answer.end("well")).listen(3000);
"""
TASKS = """
from celery import Celery
app = Celery("tasks", broker="memory://")
"""
UNITS = {
    "gateway": "ExecStart=/usr/local/bin/gateway file-server --listen :8081 --root /srv\n",
    "app": "User=deploy\nEnvironmentFile=/home/deploy/app/.env\nWorkingDirectory=/home/deploy/app\nExecStart=/home/deploy/app/bin/python3 app.py\n",
    "shop": "User=deploy\nEnvironmentFile=-/srv/shop/.env\nWorkingDirectory=/srv/shop\nExecStartPre=/bin/bash -c 'until (</dev/tcp/localhost/22) 2>/dev/null; do sleep 1; done'\nExecStart=/srv/shop/.venv/bin/python3 app.py\n",
    "web": "User=deploy\nWorkingDirectory=/srv/web\nPrivateTmp=yes\nExecStart=/usr/bin/node server.js\n",
    "tasks": "User=deploy\nWorkingDirectory=/srv/tasks\nExecStart=/usr/bin/celery -A tasks worker --concurrency 2\n",
}
CRONTABS = {
    "root": "MAILTO=ann\n15 3 * * * tar czf /tmp/backup.tgz /etc && curl -fsS -m 10 --retry 5 https://hc-ping.com/c0ffee >/dev/null\n"
    "0 2 * * * rsync -e ssh -a --delete /srv backup@backup.example:/srv\n"
    "*/5 * * * * curl -s http://localhost:3000/ | python3 -m json.tool > /srv/status.json 2>/dev/null\n"
    "30 4 * * * curl -fsS http://localhost:8081/ >/dev/null || sh /usr/local/sbin/restart-gateway\n",
    "deploy": "* * * * * cd /home/deploy/app && . /home/deploy/app/.env && bin/python3 -c pass >> /tmp/job.log 2>&1\n@daily find /tmp -name 'app-*' -delete\n",
}


@variant
def admin(clean):
    """The owner's own jobs, keys, programs and people."""
    clean.run("useradd -m -s /bin/bash -G sudo ann; useradd -m -s /bin/bash deploy; ssh-keygen -q -t ed25519 -N '' -f /root/key-ann;"
              " install -d -o ann -m 700 /home/ann/.ssh; install -o ann -m 600 /root/key-ann.pub /home/ann/.ssh/authorized_keys")
    clean.login("ann", "sleep 1800")
    time.sleep(15)
    yield
    clean.unpack("nodejs", "celery", "python3-setproctitle", "certbot", "tmux", "make")
    for unit, text in UNITS.items():
        clean.write(f"/etc/systemd/system/{unit}.service", f"[Service]\n{text}Restart=always\n[Install]\nWantedBy=multi-user.target\n")
    clean.write("/home/deploy/app/app.py", APP.format(port=8000))
    clean.write("/srv/shop/app.py", APP.format(port=8001))
    clean.write("/srv/web/server.js", NODE)
    clean.write("/srv/tasks/tasks.py", TASKS)
    clean.write("/home/deploy/app/.env", "DATABASE_URL=postgres://app:secret@localhost/app\nLD_LIBRARY_PATH=/home/deploy/app/lib\n", "600")
    clean.run("mkdir -p /home/deploy/app/bin /srv/shop/.venv/bin; cp /usr/bin/caddy /usr/local/bin/gateway;"
              " for one in /home/deploy/app/bin /srv/shop/.venv/bin; do cp $(readlink -f /usr/bin/python3) $one/python3; done;"
              " chown -R deploy: /home/deploy /srv/shop /srv/web /srv/tasks; systemctl daemon-reload;"
              " systemctl enable --quiet --now " + " ".join(UNITS))
    clean.write("/usr/local/sbin/backup", "#!/bin/sh\ntar czf /tmp/home.tgz /home && curl -fsS https://hc-ping.com/c0ffee\n", "755")
    clean.write("/usr/local/sbin/restart-gateway", "#!/bin/sh\nsystemctl restart gateway\n", "755")
    clean.write("/etc/cron.d/backup", "SHELL=/bin/bash\n0 4 * * * root cd /tmp && /usr/local/sbin/backup 2>&1 | logger -t backup\n")
    clean.write("/etc/cron.daily/dump", "#!/bin/sh\nset -e\n. /home/deploy/app/.env\nfind /tmp -name 'dump-*' -mtime +7 -delete\ntar cf /tmp/dump-$(date +%F).tar /srv\n", "755")
    for user, text in CRONTABS.items():
        clean.write(f"/root/crontab-{user}", text)
        clean.run(f"crontab -u {user} /root/crontab-{user}")
    clean.write("/etc/letsencrypt/renewal-hooks/deploy/reload", "#!/bin/sh\nsystemctl reload caddy\n", "755")
    clean.write("/etc/sudoers.d/deploy", "deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart app\n", "440")
    clean.write("/etc/profile.d/own.sh", "export HISTSIZE=100000 EDITOR=vi\n[ -f /etc/motd.own ] && cat /etc/motd.own\n")
    clean.write("/etc/update-motd.d/50-own", "#!/bin/sh\ndf -h / | tail -1\n", "755")
    # A colleague's key for root, and one by which only one command may be run.
    clean.run("for one in bob backup; do ssh-keygen -q -t ed25519 -N '' -C $one -f /root/new-$one; done; cat /root/new-bob.pub >> /root/.ssh/authorized_keys;"
              " cat /root/new-bob.pub >> /home/ann/.ssh/authorized_keys;"
              " echo \"command=\\\"/usr/local/sbin/backup\\\",restrict $(cat /root/new-backup.pub)\" >> /root/.ssh/authorized_keys")
    clean.run("mkdir -p /tmp/build; printf 'test: selftest\\n\\t./selftest 1800\\nselftest:\\n\\tcp /bin/sleep selftest\\n' > /tmp/build/Makefile; chown -R ann /tmp/build")
    clean.login("ann", "eval $(ssh-agent); tmux new-session -d 'sleep 1800'; tmux new-session -d top; sleep 1800")
    clean.login("ann", "cd /tmp/build && make test")
    time.sleep(60)
    print(clean.run("systemctl is-active " + " ".join(UNITS) + "; ps -eo user,pid,ppid,tty,comm,args | grep -vE ' \\[' | tail -50", check=False))


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    wanted = sys.argv[2:]
    trouble = []
    for make in VARIANTS:
        if wanted and make.__name__ not in wanted:
            continue
        print(f"== {suite}: {make.__name__}: {make.__doc__}", flush=True)
        clean = Clean(suite)
        try:
            steps = make(clean)
            next(steps)
            clean.install()
            clean.judge("before")
            next(steps, None)
            clean.judge("after, what is new told as new", may_be_new=True)
            clean.run("nightkeep baseline accept all --reason 'set up by me'", check=False)
            clean.judge("accepted")
            next(steps, None)
            clean.install_anew()
            clean.judge("with a baseline of today")
            clean.run("rm /var/lib/nightkeep/baseline.json")
            clean.judge("without a baseline")
        finally:
            if not os.environ.get("KEEP"):
                lab("down", WEB)
        print(f"== {make.__name__}: {'well' if not clean.wrong else 'WRONG'}", flush=True)
        trouble += [f"{make.__name__} {what}" for what in clean.wrong]
    if trouble:
        sys.exit("\n".join(["wrong:"] + trouble))
    print(f"== all well on {suite}")


if __name__ == "__main__":
    main()
