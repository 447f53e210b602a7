#!/usr/bin/env python3
"""The story of certificates: near their end on the wire and on disk, each kind of broken chain, renewed
but not served; each is told once, and that it is over once.

    LAB=path/to/lab lab/certificates.py [SUITE [TROUBLE...]]

See story.py for the rest.
"""

import shlex
import time
from datetime import datetime, timedelta, timezone

from story import COMMON, run, trouble, wait_for

CONFIG = COMMON + """
[certificates]
endpoints = [
  "good.lab:9001", "soon.lab:9002", "expired.lab:9003", "wrong.lab:9004", "self.lab:9005",
  "incomplete.lab:9006", "unknown.lab:9007", "early.lab:9008",
]
files = ["/srv/tls/disk.pem"]
not-served-for = "1m"

[alerts]
group-wait = "20s"
clear-for = "10s"
flap-window = "1s"
"""

NAMES = ["good", "soon", "expired", "wrong", "self", "incomplete", "unknown", "early"]
CA = """
[ca]
default_ca = lab
[lab]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
%s
[inner]
basicConstraints = critical,CA:TRUE
"""
# What makes an incomplete chain known as one: where the missing part can be had.
ISSUER = "authorityInfoAccess = caIssuers;URI:http://inner.lab/inner.der"


def stamp(days):
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def sign(story, name, common, start, end, issuer="ca", section="leaf"):
    """A certificate and its key, made by the owner's authority on the other server."""
    story.owner.server.run(
        "cd /srv/post && touch index && { [ -f serial ] || echo 1000 > serial; } &&"
        f" openssl req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={common}"
        f" -addext subjectAltName=DNS:{common} 2>/dev/null &&"
        f" openssl ca -batch -notext -config lab.cnf -extensions {section} -cert {issuer}.pem -keyfile {issuer}.key"
        f" -in {name}.csr -out {name}.pem -startdate {stamp(start)} -enddate {stamp(end)} 2>/dev/null"
    )


def take(story, name, *parts):
    """Copies a key and a chain to the watched server."""
    chain = "".join(story.owner.server.run(f"cat /srv/post/{part}.pem") for part in parts)
    key = story.owner.server.run(f"cat /srv/post/{parts[0]}.key")
    story.web.run(f"printf %s {shlex.quote(chain)} > /srv/tls/{name}.pem; printf %s {shlex.quote(key)} > /srv/tls/{name}.key")


def serve(story, name, port):
    story.web.run(
        f"systemctl stop tls-{name} 2>/dev/null; systemctl reset-failed tls-{name} 2>/dev/null;"
        f" systemd-run --quiet --unit=tls-{name} openssl s_server -quiet -accept {port}"
        f" -cert /srv/tls/{name}.pem -cert_chain /srv/tls/{name}.pem -key /srv/tls/{name}.key -www"
    )


def prepare(story):
    far = story.owner.server
    far.run(f"cd /srv/post && printf %s {shlex.quote(CA % ISSUER)} > lab.cnf")
    far.run(
        "cd /srv/post && [ -f stranger.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout stranger.key"
        " -out stranger.pem -days 30 -subj /CN=stranger 2>/dev/null"
    )
    names = " ".join(f"{name}.lab" for name in NAMES)
    story.web.run(f"mkdir -p /srv/tls; grep -q good.lab /etc/hosts || echo '127.0.0.1 {names} site.lab' >> /etc/hosts")
    sign(story, "inner", "inner", -10, 300, section="inner")
    for name in ["good", "soon", "expired", "wrong", "incomplete", "early", "unknown", "disk", "site", "fresh"]:
        sign(story, f"{name}-well", f"{'site' if name == 'fresh' else name}.lab", -30, 60)
    sign(story, "self-well", "self.lab", -30, 60)
    for name in [*NAMES, "disk"]:
        take(story, name, f"{name}-well")
    for port, name in enumerate(NAMES, 9001):
        serve(story, name, port)
    # A store of certbot, and a server of its own on the port it is for.
    take(story, "site", "site-well")
    live = "/etc/letsencrypt/live/site.lab"
    story.web.run(
        f"systemctl disable --now --quiet caddy; mkdir -p {live} && cp /srv/tls/site.pem {live}/fullchain.pem"
        " && chmod 755 /etc/letsencrypt /etc/letsencrypt/live"
    )
    serve(story, "site", 443)


def told(story, kind, expected, patience=240):
    """Exactly these, on the hook; mails may put several into one."""
    seen = []

    def all_there():
        seen.extend(one for one in story.new() if one[0] == "hook")
        return {one[2:4] for one in seen} >= expected

    try:
        wait_for(all_there, patience)
    finally:
        time.sleep(30)
        seen.extend(one for one in story.new() if one[0] == "hook")
        for one in seen:
            print("     ", one[4])
    assert sorted(one[1:4] for one in seen) == sorted((kind, *one) for one in expected), seen


@trouble
def all_kinds(story):
    sign(story, "soon-bad", "soon.lab", -88, 2)
    sign(story, "expired-bad", "expired.lab", -90, -1)
    sign(story, "wrong-bad", "other.lab", -30, 60)
    sign(story, "incomplete-bad", "incomplete.lab", -5, 60, issuer="inner")
    sign(story, "unknown-bad", "unknown.lab", -1, 20, issuer="stranger")
    sign(story, "early-bad", "early.lab", 1, 60)
    sign(story, "disk-bad", "disk.lab", -80, 10)
    story.owner.server.run(
        "cd /srv/post && openssl req -x509 -newkey rsa:2048 -nodes -keyout self-bad.key -out self-bad.pem -days 60"
        " -subj /CN=self.lab -addext subjectAltName=DNS:self.lab 2>/dev/null"
    )
    for port, name in enumerate(NAMES[1:], 9002):
        take(story, name, f"{name}-bad")
        serve(story, name, port)
    take(story, "disk", "disk-bad")
    story.owner.server.run("cd /srv/post && cp fresh-well.key fresh.key; true")
    sign(story, "fresh-well", "site.lab", -1, 89)
    fresh = story.owner.server.run("cat /srv/post/fresh-well.pem")
    story.web.run(f"printf %s {shlex.quote(fresh)} > /etc/letsencrypt/live/site.lab/fullchain.pem; systemctl reload nightkeep")
    rules = {
        "certificate-expiry": ["soon.lab:9002", "expired.lab:9003", "/srv/tls/disk.pem"],
        "certificate-invalid": ["wrong.lab:9004", "self.lab:9005", "incomplete.lab:9006", "unknown.lab:9007", "early.lab:9008"],
        "certificate-not-served": ["/etc/letsencrypt/live/site.lab/fullchain.pem"],
    }
    expected = {(rule, f"certificate:{name}") for rule, names in rules.items() for name in names}
    told(story, "raised", expected)
    print(story.web.run("nightkeep certs; nightkeep status", check=False))
    for port, name in enumerate(NAMES[1:], 9002):
        take(story, name, f"{name}-well")
        serve(story, name, port)
    take(story, "disk", "disk-well")
    take(story, "site", "fresh-well")
    serve(story, "site", 443)
    story.web.run("systemctl reload nightkeep")
    told(story, "recovered", expected)
    story.nothing(60)


if __name__ == "__main__":
    run(CONFIG, prepare)
