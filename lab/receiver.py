"""What the owner would see: an SMTP server with STARTTLS (aiosmtpd) and a webhook that takes only
what is signed, each message one line of JSON in the file named by the first argument."""

import email
import email.policy
import hashlib
import hmac
import http.server
import json
import ssl
import sys
import time

from aiosmtpd.controller import Controller

out = open(sys.argv[1], "a", buffering=1)


def note(**what):
    out.write(json.dumps({"at": time.time(), **what}) + "\n")


class Mail:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        note(
            via="mail",
            tls=session.ssl is not None,
            headers={name: str(value) for name, value in mail.items()},
            text=mail.get_content(),
        )
        return "250 OK"


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = dict(part.split("=", 1) for part in self.headers["Nightkeep-Signature"].split(","))
        signed = hmac.new(b"spine", signature["t"].encode() + b"." + body, hashlib.sha256)
        if hmac.compare_digest(signed.hexdigest(), signature["v1"]):
            body = json.loads(body)
            note(via="hook", headers=dict(self.headers), key=body["key"], message=body["message"])
            self.send_response(204)
        else:
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2], sys.argv[3])
Controller(Mail(), hostname="", port=587, tls_context=tls, require_starttls=True).start()
http.server.ThreadingHTTPServer(("", 8080), Hook).serve_forever()
