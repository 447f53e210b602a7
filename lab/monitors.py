#!/usr/bin/env python3
"""The story of monitors: web1 watches services of the other server, which break in several ways: each is told once,
with its cause and whose fault it is, and that it is over once.

    LAB=path/to/lab lab/monitors.py [SUITE [TROUBLE...]]

See story.py for the rest.
"""

import shlex
import time

from story import COMMON, run, trouble, wait_for

MONITORS = """
[[monitor]]
name = "gate"
type = "ping"
target = "mail.lab"
remote = true
interval = "20s"

[[monitor]]
name = "web"
type = "http"
target = "http://mail.lab:8081/"
condition = "status = 200 and body contains well"
parent = "gate"
remote = true
interval = "20s"
note = "caddy on post"

[[monitor]]
name = "shop"
type = "http"
target = "https://mail.lab:8443/"
parent = "web"
remote = true
interval = "20s"

[[monitor]]
name = "port"
type = "tcp"
target = "mail.lab:9100"
condition = "answer contains hello"
parent = "gate"
remote = true
interval = "20s"

[[monitor]]
name = "login"
type = "ssh"
target = "mail.lab"
parent = "gate"
remote = true
interval = "20s"

[[monitor]]
name = "names"
type = "dns"
target = "shop.test"
resolver = "ADDRESS:53"
condition = "record = 192.0.2.7"
parent = "gate"
remote = true
interval = "20s"

[[monitor]]
name = "all"
type = "group"
members = ["web", "port", "login"]
needs = 1
"""

CONFIG = COMMON + """
[way-out]
ask = ["ADDRESS:22"]

[certificates]
enabled = false

[alerts]
group-wait = "20s"
clear-for = "5s"
flap-window = "1s"
"""

# As small as servers can be: one A record for every name, and a port that says hello.
SERVERS = """
import socket, socketserver, struct, threading
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"hello\\n")
socketserver.ThreadingTCPServer.allow_reuse_address = True
hello = socketserver.ThreadingTCPServer(("0.0.0.0", 9100), Hello)
threading.Thread(target=hello.serve_forever, daemon=True).start()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 53))
while True:
    q, who = s.recvfrom(512)
    end = q.index(0, 12) + 5
    a = q[:2] + b"\\x81\\x80" + q[4:6] + b"\\0\\1\\0\\0\\0\\0" + q[12:end]
    s.sendto(a + struct.pack(">HHHIH4B", 0xC00C, 1, 1, 60, 4, 192, 0, 2, 7), who)
"""

CADDY = """
{
  auto_https off
  admin off
}
http://:8081 {
  respond "all is well"
}
https://:8443 {
  tls /srv/post/%s.pem /srv/post/%s.key
  respond "all is well"
}
"""


def caddy(story, certificate):
    text = CADDY % (certificate, certificate)
    story.owner.server.run(
        f"printf %s {shlex.quote(text)} > /etc/caddy/Caddyfile; chmod 644 /srv/post/*.pem /srv/post/*.key;"
        " systemctl restart caddy"
    )


def firewall(story, server, chain, rules):
    """Drops what the rules name; none: opens again."""
    server.run("nft delete table inet story 2>/dev/null; true")
    if rules:
        lines = "".join(f" {rule};" for rule in rules)
        server.run(
            f"nft 'table inet story {{ chain c {{ type filter hook {chain} priority -10; policy accept;{lines} }}; }}'"
        )


def prepare(story):
    far = story.owner.server
    # As the message says to a user whose kernel lets nobody ping, which is Debian's default.
    story.web.run('sysctl -w net.ipv4.ping_group_range="0 2147483647"')
    address = far.address
    story.config = (CONFIG + MONITORS).replace("ADDRESS", address)
    far.run(
        f"cd /srv/post && printf %s {shlex.quote(SERVERS)} > servers.py && cp cert.pem shop.pem && cp key.pem shop.key;"
        " [ -f self.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.pem -days 60"
        " -subj /CN=mail.lab -addext subjectAltName=DNS:mail.lab 2>/dev/null;"
        " systemctl stop systemd-resolved servers 2>/dev/null; systemctl reset-failed servers 2>/dev/null;"
        " systemd-run --quiet --unit=servers python3 /srv/post/servers.py"
    )
    caddy(story, "shop")
    wait_for(lambda: far.run("curl -s http://127.0.0.1:8081/", check=False) == "all is well")


def broken(story, monitor, break_it, mend_it, *words):
    """One message when it breaks, with these words; one when it is over."""
    break_it()
    summary = story.expect("raised", "monitor-down", f"monitor:{monitor}")
    for word in words:
        assert word in summary, f"lacks {word!r}: {summary}"
    print(story.web.run(f"nightkeep monitors; nightkeep monitors test {monitor}", check=False))
    mend_it()
    story.expect("recovered", "monitor-down", f"monitor:{monitor}")


@trouble
def stopped(story):
    """Web and shop go down together: the child is not told."""
    far = story.owner.server
    broken(
        story,
        "web",
        lambda: far.run("systemctl stop caddy"),
        lambda: far.run("systemctl start caddy"),
        "connection refused",
        "others answer: it is theirs",
        "caddy on post",
    )


@trouble
def dropped(story):
    far = story.owner.server
    broken(
        story,
        "port",
        lambda: firewall(story, far, "input", ["tcp dport 9100 drop"]),
        lambda: firewall(story, far, "input", []),
        "nothing answers at",
        "others answer: it is theirs",
    )


@trouble
def swapped(story):
    broken(story, "shop", lambda: caddy(story, "self"), lambda: caddy(story, "shop"), "self-signed")


@trouble
def answers_wrongly(story):
    far = story.owner.server
    broken(
        story,
        "web",
        lambda: far.run("sed -i '0,/all is well/s//all is lost/' /etc/caddy/Caddyfile; systemctl restart caddy"),
        lambda: caddy(story, "shop"),
        "wanted body contains",
    )


@trouble
def no_way_out(story):
    """Only messages get out: one of the way out, none of the six that cannot be seen."""
    firewall(
        story,
        story.web,
        "output",
        [f"ip daddr {story.owner.server.address} tcp dport {{ 587, 8080 }} accept", f"ip daddr {story.owner.server.address} drop"],
    )
    summary = story.expect("raised", "way-out-down", "host")
    assert "nothing outside answers" in summary, summary
    time.sleep(60)
    assert story.new() == []
    shown = story.web.run("nightkeep monitors")
    print(shown)
    assert shown.count("unknown") >= 5, shown
    firewall(story, story.web, "output", [])
    story.expect("recovered", "way-out-down", "host")
    story.nothing(60)
    assert story.web.run("nightkeep monitors").count("unknown") == 0


if __name__ == "__main__":
    run(CONFIG, prepare)
