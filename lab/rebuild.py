#!/usr/bin/env python3
"""`nightkeep rebuild plan` on real servers: what somebody set up comes up again on a fresh one, and nothing else does.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/rebuild.py [SUITE]

A server becomes somebody's own: packages from Debian and from elsewhere, units, sites, a firewall, people, jobs,
passwords. Then somebody else leaves things there. The plan is drafted, read, filled in, and run against a fresh
server, as its README says. It needs ansible-playbook (`pip install ansible-core`), gpg, dpkg-dev, and a Debian
mirror in this machine's sources of packages: servers of the lab have no network, and get theirs through ssh.
KEEP=1 leaves both servers and the plan.
"""

import hashlib
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
LAB = os.environ.get("LAB") or sys.exit("set LAB to the path of the lab tool")
LAB_DIR = pathlib.Path(os.environ.get("LAB_DIR", "/var/tmp/lab"))
BINARY = os.environ.get("NIGHTKEEP", HERE.parent / "target/release/nightkeep")
ANSIBLE = os.environ.get("ANSIBLE", "ansible-playbook")
OLD, NEW = os.environ.get("WEB", "old1"), os.environ.get("NEW", "new1")
SECRETS = ["redis-hunter-1", "app-hunter-2", "shop-hunter-3", "mail-hunter-4", "unit-hunter-5"]
FRESH = "a-fresh-secret"
PROXY = "Acquire::http::Proxy=http://127.0.0.1:3142"

# What an owner does in the first weeks, one thing after the other.
OWNER = r"""
set -e
export DEBIAN_FRONTEND=noninteractive
put() { mkdir -p "$(dirname "$1")"; cat >"$1"; }
put /etc/apt/sources.list.d/packages.list <<'E'
deb [signed-by=/etc/apt/keyrings/packages.asc] http://packages.lab ./
E
install -D -m 644 /root/in/packages.asc /etc/apt/keyrings/packages.asc
apt-get -q -o PROXY update
apt-get -q -y -o PROXY --no-install-recommends install redis-server greeter
sed -i 's/^# requirepass .*/requirepass redis-hunter-1/' /etc/redis/redis.conf
systemctl restart redis-server

useradd --system --home-dir /srv/app --shell /usr/sbin/nologin app
put /srv/app/app.py <<'E'
import http.server, os
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(("hello from " + os.environ["PLACE"] + (" with" if os.environ.get("DB_PASSWORD") else " without")).encode())
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Hello).serve_forever()
E
put /srv/app/.env <<'E'
DB_PASSWORD=app-hunter-2
E
chown -R app:app /srv/app; chmod 600 /srv/app/.env
put /etc/systemd/system/app.service <<'E'
[Unit]
After=network.target
[Service]
User=app
EnvironmentFile=/srv/app/.env
Environment=API_TOKEN=unit-hunter-5
ExecStart=/usr/bin/python3 /srv/app/app.py
[Install]
WantedBy=multi-user.target
E
put /etc/systemd/system/app.service.d/place.conf <<'E'
[Service]
Environment=PLACE=the-shop
E
put /usr/local/bin/backup <<'E'
#!/bin/sh
date >/var/tmp/backup-ran
E
chmod 755 /usr/local/bin/backup
put /etc/systemd/system/tidy.service <<'E'
[Service]
Type=oneshot
ExecStart=/usr/local/bin/backup
E
put /etc/systemd/system/tidy.timer <<'E'
[Timer]
OnCalendar=*-*-* 04:00:00
[Install]
WantedBy=timers.target
E
put /etc/default/cron <<'E'
EXTRA_OPTS="-L 3"
E
put /etc/mail-relay.conf <<'E'
host = relay.example
user = shop
password = mail-hunter-4
E
put /etc/ssh/sshd_config.d/own.conf <<'E'
PasswordAuthentication no
MaxAuthTries 4
E
put /etc/caddy/Caddyfile <<'E'
import sites/*
E
put /etc/caddy/sites/shop <<'E'
:80 {
	reverse_proxy 127.0.0.1:8001
}
E
put /etc/caddy/sites/status <<'E'
:8080 {
	respond "status page"
}
E
put /etc/nftables.conf <<'E'
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
	chain input {
		type filter hook input priority 0; policy drop;
		iif "lo" accept
		ct state established,related accept
		icmp type echo-request accept
		tcp dport { 22, 80 } accept
	}
}
E
put /etc/sysctl.d/60-own.conf <<'E'
net.core.somaxconn = 1234
E
put /etc/logrotate.d/shop <<'E'
/var/log/shop.log { weekly }
E
ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime
groupadd team
useradd -m -s /bin/bash -G sudo,team ann
echo 'ann:old-password' | chpasswd
install -d -m 700 -o ann -g ann /home/ann/.ssh
install -m 600 -o ann -g ann /root/in/ann.pub /home/ann/.ssh/authorized_keys
echo '5 5 * * * /usr/local/bin/backup' | crontab -u ann -
put /etc/cron.d/backup <<'E'
15 3 * * * root /usr/local/bin/backup
E
put /opt/shop/compose.yaml <<'E'
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: shop-hunter-3
    env_file: .env
E
put /opt/shop/.env <<'E'
PORT=5432
SMTP_PASSWORD=shop-hunter-3
E
systemctl daemon-reload
systemctl enable --now app tidy.timer nftables
systemctl disable --now fail2ban
systemctl restart caddy ssh cron
sysctl -q --system
"""

# What was left there by somebody else. None of it may come along.
INTRUDER = r"""
set -e
printf '#!/bin/sh\nsleep 9\n' >/dev/shm/.x; chmod +x /dev/shm/.x
echo '* * * * * root /dev/shm/.x' >/etc/cron.d/zz-update
mkdir -p /var/www/.ssh; cp /root/in/eve.pub /var/www/.ssh/authorized_keys
printf '[Service]\nExecStart=/dev/shm/.x\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/helper.service
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /etc/systemd/system/helper.service /etc/systemd/system/multi-user.target.wants/
mkdir -p /etc/cron.d; printf '1 1 1 1 1 root true\n' >'/etc/cron.d/{{ lookup(`pipe`) }}'
"""


def run(*words, check=True, **more):
    done = subprocess.run([*map(str, words)], text=True, capture_output=True, stdin=subprocess.DEVNULL, **more)
    if check and done.returncode:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def ssh(name, command, check=True):
    for _ in range(12):
        done = run(LAB, "ssh", name, command, check=False)
        # ssh's own trouble, not the command's.
        if done.returncode != 255:
            break
        time.sleep(5)
    if check and done.returncode:
        raise AssertionError(f"{name}: {command[:200]}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def packages(folder):
    """A source of packages with one package in it, signed by a key of its own."""
    tree = folder / "greeter"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text("Package: greeter\nVersion: 1.0\nArchitecture: all\nMaintainer: Lab <lab@packages.lab>\n"
                                         "Description: says hello\n")
    (tree / "usr/bin/greet").write_text("#!/bin/sh\necho greetings\n")
    (tree / "usr/bin/greet").chmod(0o755)
    source = folder / "source"
    source.mkdir()
    run("dpkg-deb", "--root-owner-group", "--build", tree, source / "greeter.deb")
    (source / "Packages").write_text(run("dpkg-scanpackages", ".", cwd=source).stdout)
    listed = (source / "Packages").read_bytes()
    when = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime())
    (source / "Release").write_text(f"Date: {when}\nSHA256:\n {hashlib.sha256(listed).hexdigest()} {len(listed)} Packages\n")
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", keys, "--batch", "--quiet", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
    run(*gpg, "--quick-gen-key", "lab@packages.lab", "ed25519", "sign", "never")
    run(*gpg, "--clearsign", "--output", source / "InRelease", source / "Release")
    run(*gpg, "--armor", "--export", "--output", folder / "packages.asc")
    run("gpgconf", "--homedir", keys, "--kill", "all")
    return source


def proxy(source):
    """Debian's mirror, and `packages.lab` from a folder; returns the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            try:
                if self.path.startswith("http://packages.lab/"):
                    content = (source / self.path.rsplit("/", 1)[1]).read_bytes()
                else:
                    with urllib.request.urlopen(self.path, timeout=60) as answer:
                        content = answer.read()
            except (OSError, ValueError):
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def tunnel(name, port):
    """Port 3142 of a server leads to the proxy."""
    words = ["ssh", "-q", "-N", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i", LAB_DIR / "key",
             "-p", run(LAB, "port", name).stdout.strip(), "-R", f"127.0.0.1:3142:127.0.0.1:{port}", "root@127.0.0.1"]
    return subprocess.Popen([*map(str, words)], stdin=subprocess.DEVNULL)


def active(name):
    """The services, timers and sockets that run, but for nightkeep and what belongs to one boot or login."""
    listed = ssh(name, "systemctl list-units --plain --no-legend --state=active --type=service,timer,socket")
    units = {line.split()[0] for line in listed.splitlines()}
    return {unit for unit in units if not re.match("nightkeep|user@|user-runtime-dir@|systemd-|run-", unit)}


class Checks:
    def __init__(self):
        self.trouble = []

    def __call__(self, what, is_so, seen=""):
        print(f"{'ok   ' if is_so else 'WRONG'} {what}{'' if is_so else f': {str(seen)[-1500:]}'}", flush=True)
        if not is_so:
            self.trouble.append(what)


def read(plan, check):
    """The plan as it was drafted."""
    readme = (plan / "README.md").read_text()
    files = {path.relative_to(plan): path.read_bytes() for path in plan.rglob("*") if path.is_file()}
    for secret in SECRETS + ["old-password"]:
        found = [str(path) for path, content in files.items() if secret.encode() in content]
        check(f"{secret} is nowhere", not found, found)
    brought = {path: content for path, content in files.items() if path.name != "README.md"}
    for planted in ["/dev/shm/.x", "eve@lab", "lookup(`pipe`)"]:
        found = [str(path) for path, content in brought.items() if planted.encode() in content or planted in str(path)]
        check(f"{planted} is not brought along", not found, found)
    left_out, filled = readme.split("## Left out: suspicious")[1], readme.split("## Secrets taken out")[1]
    for named in ["/etc/cron.d/zz-update", "/var/www/.ssh/authorized_keys", "/etc/systemd/system/helper.service"]:
        check(f"{named} is named as suspicious", named in left_out.split("\n## ")[0], readme)
    for named in ["/etc/redis/redis.conf", "/srv/app/.env", "/opt/shop/.env", "/opt/shop/compose.yaml", "/etc/mail-relay.conf",
                  "/etc/systemd/system/app.service"]:
        check(f"{named} is named for its secret", f"`files{named}`" in filled.split("\n## ")[0], readme)
    for named in ["Debian GNU/Linux", "docker compose -f /opt/shop/compose.yaml", "packaging/install.sh", "`/srv`", "DNS"]:
        check(f"{named} is told of", named in readme, readme)
    for path in ["etc/caddy/sites/shop", "etc/systemd/system/app.service.d/place.conf", "etc/sysctl.d/60-own.conf",
                 "etc/logrotate.d/shop", "etc/apt/keyrings/packages.asc", "usr/local/bin/backup", "etc/default/cron"]:
        check(f"/{path} is there", (plan / "files" / path).is_file())


def fill_in(plan, home):
    """What its README asks for before it is run."""
    for path in (plan / "files").rglob("*"):
        if path.is_file() and b"CHANGE_ME" in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"CHANGE_ME", FRESH.encode()))
    password = run("openssl", "passwd", "-6", FRESH).stdout.strip()
    book = (plan / "site.yml").read_text()
    (plan / "site.yml").write_text(book.replace('"ann": "!"', f'"ann": "{password}"'))


def play(plan, *words):
    # Each step is one round trip, and a slow server may need a second one for its name.
    env = {**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "0", "ANSIBLE_TIMEOUT": "60", "LC_ALL": "C.UTF-8"}
    begin = time.monotonic()
    done = run(ANSIBLE, "-i", "inventory.ini", "site.yml", *words, check=False, cwd=plan, env=env)
    print(f"      ansible-playbook: {done.returncode} after {time.monotonic() - begin:.0f} s", flush=True)
    return done


def same(check, folder, http_port):
    """Does the new server do what the old one did?"""
    for unit in ["caddy", "app", "redis-server", "nftables", "cron", "ssh", "tidy.timer"]:
        seen = ssh(NEW, f"systemctl is-active {unit}; systemctl is-enabled {unit}", check=False).split()
        check(f"{unit} runs and is enabled", seen == ["active", "enabled"], seen)
    seen = ssh(NEW, "systemctl is-active fail2ban; systemctl is-enabled fail2ban", check=False).split()
    check("fail2ban is off, as it was", seen == ["inactive", "disabled"], seen)
    old, new = active(OLD), active(NEW)
    check("the same services run", not (old ^ new), f"only before: {old - new}; only now: {new - old}")
    with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/", timeout=60) as answer:
        text = answer.read().decode()
    check("the site answers from outside, by caddy and the app", text == "hello from the-shop with", text)
    check("the other site answers within", "status page" in ssh(NEW, "curl -s http://127.0.0.1:8080/"))
    for what, command in [
        ("the firewall", "nft list ruleset"),
        ("the job of everybody", "cat /etc/cron.d/backup; ls -l --time-style=+ /etc/cron.d/backup"),
        ("the crontab", "crontab -l -u ann; ls -l --time-style=+ /var/spool/cron/crontabs/ann"),
        ("who ann is", "id ann; getent passwd ann app; ls -ld --time-style=+ /home/ann/.ssh /home/ann/.ssh/authorized_keys"),
        ("her key", "cat /home/ann/.ssh/authorized_keys"),
        ("the setting of the kernel", "sysctl net.core.somaxconn"),
        ("the time zone", "date +%Z"),
        ("ssh's settings", "sshd -T | grep -E 'maxauthtries|passwordauthentication'"),
        ("the package from elsewhere", "greet; apt-cache policy greeter | grep -A1 Installed"),
        ("rights of settings", "stat -c '%a %U %G %n' /etc/redis/redis.conf /etc/caddy/sites/* /etc/nftables.conf /usr/local/bin/backup"),
        ("the drop-in", "systemctl show app -p DropInPaths -p User"),
    ]:
        before, now = ssh(OLD, command, check=False), ssh(NEW, command, check=False)
        drop_uid = lambda text: re.sub(r"app:x:\d+:\d+", "app", text)
        check(f"{what}: the same", drop_uid(before) == drop_uid(now) and before, f"{before}\n---\n{now}")
    check("redis has its new password", "PONG" in ssh(NEW, f"redis-cli --no-auth-warning -a {FRESH} ping", check=False))
    seen = ssh(NEW, "ls /etc/cron.d /etc/systemd/system /var/www/.ssh 2>&1", check=False)
    check("nothing planted is there", not re.search(r"zz-update|helper|lookup|authorized_keys", seen), seen)
    words = ["ssh", "-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i", folder / "ann", "-p",
             run(LAB, "port", NEW).stdout.strip(), "ann@127.0.0.1", f"echo {FRESH} | sudo -S id -u"]
    check("ann logs in with her key and becomes root", run(*words, check=False).stdout.strip() == "0")


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    shutil.which(ANSIBLE) or sys.exit("ansible-playbook is not there: pip install ansible-core (or set ANSIBLE)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rebuild-"))
    check, tunnels = Checks(), []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        http_port = free.getsockname()[1]
    try:
        for name in ["ann", "eve"]:
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@lab", "-f", folder / name)
        port = proxy(packages(folder))
        run(LAB, "up", OLD, suite)
        tunnels.append(tunnel(OLD, port))
        ssh(OLD, "mkdir -p /root/in")
        (folder / "owner.sh").write_text(OWNER.replace("PROXY", PROXY))
        (folder / "intruder.sh").write_text(INTRUDER)
        names = ["owner.sh", "intruder.sh", "packages.asc", "ann.pub", "eve.pub"]
        run(LAB, "push", OLD, *(folder / name for name in names), BINARY, HERE.parent / "packaging", "/root/in/")
        ssh(OLD, "sh /root/in/owner.sh")
        ssh(OLD, f"cd /root/in && sh packaging/install.sh ./{pathlib.Path(BINARY).name}")
        ssh(OLD, "sh /root/in/intruder.sh")
        print(ssh(OLD, "nightkeep rebuild plan /root/plan"))
        run(LAB, "pull", OLD, "/root/plan", folder)
        plan = folder / "plan"
        read(plan, check)
        done = run(ANSIBLE, "--syntax-check", "-i", "inventory.ini", "site.yml", check=False, cwd=plan)
        check("ansible-playbook --syntax-check", done.returncode == 0, done.stdout + done.stderr)

        run(LAB, "up", NEW, suite, env={**os.environ, "FORWARD": f"{http_port}:80"})
        tunnels.append(tunnel(NEW, port))
        ssh(NEW, f"echo 'Acquire::http::Proxy \"http://127.0.0.1:3142\";' >/etc/apt/apt.conf.d/00lab")
        key, ssh_port = LAB_DIR / "key", run(LAB, "port", NEW).stdout.strip()
        (plan / "inventory.ini").write_text(
            f"[servers]\nnew ansible_host=127.0.0.1 ansible_port={ssh_port} ansible_user=root ansible_ssh_private_key_file={key}"
            " ansible_ssh_common_args='-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'\n")
        done = play(plan)
        is_refused = done.returncode and "Put new secrets in place of CHANGE_ME" in done.stdout
        check("it does not start without new secrets", is_refused, done.stdout)
        fill_in(plan, folder)
        done = play(plan)
        failed = re.findall(r"^fatal: .*?\"stdout\": \"(\S+)", done.stdout, re.M)
        is_app = failed == ["app.service"] and "None of them failed" in done.stdout
        check("only the app misses its data", is_app, done.stdout + done.stderr)
        run("sh", "-c", f"'{LAB}' ssh {OLD} 'tar -C / --exclude=.env -cf - srv' > {folder}/data.tar")
        run(LAB, "push", NEW, folder / "data.tar", "/root/")
        ssh(NEW, "tar -C / -xf /root/data.tar")
        done = play(plan)
        check("all of it runs", done.returncode == 0, done.stdout + done.stderr)
        same(check, folder, http_port)
    finally:
        for one in tunnels:
            one.terminate()
        if os.environ.get("KEEP"):
            print(f"kept: {OLD}, {NEW}, {folder}")
        else:
            for name in [OLD, NEW]:
                run(LAB, "down", name, check=False)
            shutil.rmtree(folder)
    if check.trouble:
        sys.exit("wrong: " + ", ".join(check.trouble))
    print(f"all well on {suite}")


if __name__ == "__main__":
    main()
