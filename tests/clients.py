#!/usr/bin/env python3
"""Real clients of Healthchecks against `nightkeep run`, unchanged, and what each of them did.

    cargo build && python3 tests/clients.py --binary target/debug/nightkeep

Installs the clients into --venv (pip) and --cargo (cargo install task-mon) unless they are there;
what cannot be installed is said and counts as a failure, unless --skip names it. Ends with 1 if any
client did not do what it shall.
"""

import argparse
import json
import os
import shutil
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
import uuid
from email.message import EmailMessage

PACKAGES = ["healthchecks-io==0.4.4", "healthchecks-decorator==0.5.0", "borgmatic==2.1.10"]
OFF = ["memory", "cpu", "network", "units", "ssh", "fail2ban", "certificates", "machine", "hardware", "disk"]


class Watch:
    """The built binary, with an empty store, doing nothing but this."""

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self.directory = tempfile.mkdtemp(prefix="clients-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.mail_port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        off = "".join(f"[{section}]\nenabled = false\n" for section in OFF)
        with open(self.path("nightkeep.toml"), "w") as file:
            file.write(
                f'host = "testhost"\n[store]\npath = "{self.path("store")}"\n{off}'
                f'[web]\nlisten = ["127.0.0.1:{port}"]\n'
                f'[heartbeat-mail]\nlisten = ["127.0.0.1:{self.mail_port}"]\ndomain = "a.example"\n'
            )
        self.process = subprocess.Popen(self.command("run"), stderr=open(self.path("log"), "w"))
        for _ in range(600):
            try:
                urllib.request.urlopen(self.base + "/api/v3/status/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        else:
            sys.exit(f"it does not listen: {open(self.path('log')).read()}")
        made = subprocess.run(
            self.command("token", "add", "clients", "--scope", "heartbeats-write"),
            capture_output=True, text=True, check=True,
        )
        self.token = made.stdout.strip()
        for name in ("heartbeats.db", "state.db"):
            file = self.path("store/" + name)
            if os.path.exists(file):
                try:
                    with sqlite3.connect(file) as store:
                        self.ping_key = store.execute("select ping_key from heartbeat_project").fetchone()[0]
                except sqlite3.Error:
                    continue

    def path(self, name):
        return os.path.join(self.directory, name)

    def command(self, *words):
        return [self.binary, "--config", self.path("nightkeep.toml"), "--socket", self.path("socket"), *words]

    def api(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + "/api/v3/" + path, data, {"X-Api-Key": self.token})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text.startswith(b"{") else text

    def make(self, **fields):
        return self.api("checks/", {"name": "check", **fields})

    def log(self, check):
        """The calls of a check, oldest first: what each said, how, and what it sent."""
        pings = self.api(f"checks/{check['uuid']}/pings/")["pings"]
        for ping in pings:
            body = ping["body_url"] and self.api(ping["body_url"].split("/api/v3/")[1])
            ping["body"] = (body if isinstance(body, bytes) else json.dumps(body).encode()) if body else b""
        return pings[::-1]

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.directory)


def expect(is_so, what):
    if not is_so:
        raise AssertionError(what)


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=300, **more)


def types(log):
    return [ping["type"] for ping in log]


def task_mon(watch, tools):
    check = watch.make()
    fine = run([tools["task-mon"], "--base-url", watch.base + "/ping", "-k", check["uuid"], "--time", "--",
                "sh", "-c", "echo said"])
    expect(fine.returncode == 0, fine.stderr)
    run([tools["task-mon"], "--base-url", watch.base + "/ping", "-k", check["uuid"], "--", "sh", "-c", "echo bad; exit 7"])
    log = watch.log(check)
    expect(types(log) in (["start", "success", "start", "fail"], ["start", "success", "fail"]), types(log))
    expect(log[0]["rid"] and log[0]["rid"] == log[1]["rid"], "one run has one rid")
    expect(b"said" in log[1]["body"] and b"bad" in log[-1]["body"], "its output is kept")
    expect("duration" in log[1], "its run time is known")
    return f"start, success (run time {log[1]['duration']:.3f} s, output kept) and exit code 7, as {log[1]['ua']}"


def curl(watch, _):
    check = watch.make(slug="curl")
    url, by_slug = check["ping_url"], f"{watch.base}/ping/{watch.ping_key}/curl"
    forms = [
        (f"curl -fsS -m 10 --retry 5 -o /dev/null {url}", "success", b""),
        (f"curl -fsS -m 10 --retry 5 {by_slug}", "success", b""),
        (f"curl -fsS -m 10 --retry 5 {url}/start", "start", b""),
        (f"false; curl -fsS -m 10 --retry 5 {url}/$?", "fail", b""),
        (f"true; curl -fsS -m 10 --retry 5 {by_slug}/$?", "success", b""),
        (f"m=$(echo of a job; echo two lines); curl -fsS -m 10 --retry 5 --data-raw \"$m\" {url}", "success",
         b"of a job\ntwo lines"),
        (f"echo piped | curl -fsS -m 10 --retry 5 --data-binary @- {url}/log", "log", b"piped\n"),
        (f"echo put | curl -fsS -m 10 -T - {url}", "success", b"put\n"),
        (f"seq 9000 | curl -fsS -m 10 --data-binary @- {url}", "success", None),
        (f"curl -fsSI {url}", "success", b""),
        (f"curl -fsS '{url}/start?rid={uuid.uuid4()}'", "start", b""),
        (f"wget -nv -T 10 -t 5 {url} -O /dev/null", "success", b""),
        (f"wget -q --post-data=posted {url}/fail -O -", "fail", b"posted"),
    ]
    for form, _, _ in forms:
        done = run(["sh", "-c", form])
        expect(done.returncode == 0, f"{form}: {done.stdout}{done.stderr}")
    log = watch.log(check)
    for (form, kind, body), ping in zip(forms, log, strict=True):
        expect(ping["type"] == kind, f"{form}: {ping['type']}")
        expect(body is None or ping["body"] == body, f"{form}: {ping['body']}")
    expect(len(log[8]["body"]) == 10_000, "a long log is cut at what Ping-Body-Limit says")
    made = run(["sh", "-c", f"curl -fsS '{watch.base}/ping/{watch.ping_key}/made-by-curl?create=1'"])
    expect(made.stdout == "Created", made.stdout)
    return f"{len(forms) + 1} forms of the documentation, curl and wget"


def python(watch, tools, script):
    done = run([tools["python"], "-c", textwrap.dedent(script)], env={**os.environ, "BASE": watch.base,
               "TOKEN": watch.token, "PING_KEY": watch.ping_key})
    expect(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout.strip()


def healthchecks_io(watch, tools):
    return python(watch, tools, """
        import asyncio, os
        from healthchecks_io import (AsyncClient, BadAPIRequestError, CheckCreate, CheckNotFoundError,
            CheckTrap, CheckUpdate, Client, HCAPIAuthError)
        base, done = os.environ["BASE"], []
        settings = dict(api_key=os.environ["TOKEN"], api_url=base + "/api/", ping_url=base + "/ping/",
            ping_key=os.environ["PING_KEY"], api_version=2)
        client = Client(**settings)
        made = client.create_check(CheckCreate(name="by client", tags="a b", timeout=3600,
            unique=["name"]))
        same = client.create_check(CheckCreate(name="by client", tags="a b", timeout=7200, unique=["name"]))
        assert made.uuid == same.uuid and same.timeout == 7200, (made, same)
        assert [check.uuid for check in client.get_checks(tags=["a"])] == [made.uuid]
        assert client.get_checks(tags=["c"]) == []
        done.append("create, upsert, list, tags")
        assert client.update_check(made.uuid, CheckUpdate(name="by client", desc="new")).desc == "new"
        assert client.get_check(made.uuid).desc == "new"
        assert client.pause_check(made.uuid).status == "paused"
        done.append("update, get, pause")
        for ping in (client.success_ping, client.start_ping, client.fail_ping):
            assert ping(uuid=made.uuid, data="said") == (True, "OK")
        assert client.exit_code_ping(3, slug="by-client") == (True, "OK")
        assert client.success_ping(slug="by-client") == (True, "OK")
        with CheckTrap(client, uuid=made.uuid) as trap:
            trap.add_log("in a trap")
        done.append("pings by uuid and slug, trap")
        pings = client.get_check_pings(made.uuid)
        assert [ping.type for ping in pings][-3:] == ["fail", "start", "success"], pings
        # 0.4.4 expects a bare list of flips, which no Healthchecks has answered for years.
        try:
            client.get_check_flips(made.uuid, seconds=3600)
        except TypeError:
            done.append("its get_check_flips reads no server's answer")
        client.get_integrations()
        assert "*" in client.get_badges()
        done.append(f"{len(pings)} pings listed, integrations, badges")
        for what, error in ((lambda: client.get_check("5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"), CheckNotFoundError),
                (lambda: Client(**{**settings, "api_key": "x" * 32}).get_checks(), HCAPIAuthError),
                (lambda: client.update_check(made.uuid, CheckUpdate(channels="nobody")), BadAPIRequestError)):
            try:
                what()
            except error:
                continue
            raise SystemExit(f"no {error}")
        client.delete_check(made.uuid)
        done.append("errors, delete")
        async def other():
            async with AsyncClient(**settings) as client:
                made = await client.create_check(CheckCreate(name="async"))
                assert await client.success_ping(uuid=made.uuid) == (True, "OK")
                await client.delete_check(made.uuid)
        asyncio.run(other())
        print("; ".join(done + ["the same async"]))
    """)


def healthchecks_decorator(watch, tools):
    check = watch.make()
    python(watch, tools, f"""
        from healthchecks_decorator import healthcheck
        @healthcheck(url="{check['ping_url']}", send_start=True, send_diagnostics=True)
        def job():
            return {{"temperature": -7}}
        @healthcheck(url="{check['ping_url']}")
        def bad():
            raise ValueError("no")
        job()
        try:
            bad()
        except ValueError:
            pass
    """)
    log = watch.log(check)
    expect(types(log) == ["start", "success", "fail"], types(log))
    expect(log[1]["body"] == b"temperature=-7", log[1]["body"])
    return "start, success with what the function returned, fail of an exception"


def borgmatic(watch, tools):
    check = watch.make()
    config = watch.path("borgmatic.yaml")
    with open(config, "w") as file:
        file.write(
            f"repositories:\n    - path: {watch.path('repository')}\nsource_directories:\n    - /etc/hostname\n"
            f"healthchecks:\n    ping_url: {check['ping_url']}\n    send_logs: true\n    create_slug: false\n"
        )
    run([os.path.join(tools["bin"], "borgmatic"), "--config", config, "create", "-v1"])
    log = watch.log(check)
    expect(log and log[0]["type"] == "start", types(log))
    expect(log[-1]["type"] in ("fail", "success") and log[-1]["ua"] == "borgmatic", types(log))
    return f"{', '.join(types(log))}; {len(log[-1]['body'])} bytes of log kept"


def mails(watch, _):
    check = watch.make(slug="mails", failure_kw="failed", success_kw="ok", filter_subject=True, filter_body=True)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Sicherung", "nas@b.example", check["ping_email"]
    message.set_content("nächtlich: ok\n.\n..\n")
    message.add_alternative("<p>n&auml;chtlich: ok</p>", subtype="html")
    message.add_attachment(os.urandom(400_000), maintype="application", subtype="gzip", filename="log.gz")
    with smtplib.SMTP("127.0.0.1", watch.mail_port) as server:
        server.send_message(message)
        refused = server.sendmail("nas@b.example", [f"{uuid.uuid4()}@a.example", "root@a.example"], "Subject: a\n\n")
        expect(refused == {"root@a.example": (550, b"5.1.1 Invalid mailbox")}, refused)
        try:
            server.sendmail("nas@b.example", [check["ping_email"]], "x" * 33_600_000)
            raise AssertionError("too large, and taken")
        except smtplib.SMTPSenderRefused as error:
            expect(error.smtp_code == 552, error)
    with open(watch.path("mail"), "w") as file:
        file.write("Subject: it failed\n\n")
    sent = run(["curl", "-fsS", f"smtp://127.0.0.1:{watch.mail_port}", "--mail-from", "curl@b.example", "--mail-rcpt",
                f"{watch.ping_key}+mails@a.example", "--crlf", "-T", watch.path("mail")])
    expect(sent.returncode == 0, sent.stderr)
    log = watch.log(check)
    expect([(ping["type"], ping["scheme"], ping["ua"]) for ping in log] == [
        ("success", "email", "Email from nas@b.example"), ("fail", "email", "Email from curl@b.example")], log)
    expect(len(log[0]["body"]) == 10_000 and b"Sicherung" in log[0]["body"], "its beginning is kept")
    return "smtplib (UUID, three parts, refusals, too large) and curl (ping key and slug)"


CLIENTS = {
    "mails": mails,
    "task-mon": task_mon,
    "curl": curl,
    "healthchecks-io": healthchecks_io,
    "healthchecks-decorator": healthchecks_decorator,
    "borgmatic": borgmatic,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/debug/nightkeep")
    parser.add_argument("--venv", default="target/clients", help="where the Python clients are or go")
    parser.add_argument("--cargo", default="target/clients-cargo", help="where task-mon is or goes")
    parser.add_argument("--skip", action="append", default=[], choices=CLIENTS, help="a client left out")
    args = parser.parse_args()
    bin_ = os.path.abspath(os.path.join(args.venv, "bin"))
    tools = {"bin": bin_, "python": os.path.join(bin_, "python"),
             "task-mon": os.path.abspath(os.path.join(args.cargo, "bin/task-mon"))}
    if not os.path.exists(os.path.join(bin_, "borgmatic")):
        subprocess.run([sys.executable, "-m", "venv", args.venv], check=True)
        subprocess.run([tools["python"], "-m", "pip", "-q", "install", *PACKAGES], check=True)
    if "task-mon" not in args.skip and not os.path.exists(tools["task-mon"]):
        subprocess.run(["cargo", "install", "task-mon", "--root", args.cargo], check=True)
    watch, failed = Watch(args.binary), 0
    try:
        for name, client in CLIENTS.items():
            if name in args.skip:
                print(f"skip  {name}")
                continue
            try:
                print(f"ok    {name}: {client(watch, tools)}")
            except Exception as error:
                failed += 1
                print(f"WRONG {name}: {type(error).__name__}: {error}")
    finally:
        watch.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
