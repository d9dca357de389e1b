#!/usr/bin/python3 -B
"""A CA on the network: its certificate is trusted by a fingerprint alone, EST
gives the router a certificate and the next one, revocation lists come by
HTTP and end the tunnels of whom they have, and the password of the CA stays
nowhere.
"""
import base64
import datetime
import http.server
import ipaddress
import json
import pathlib
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

import lab
import traps

PASSWORD = "Sesame-0815-open"
USER = "gate.example"
NOW = datetime.datetime.utcnow()
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)
FETCHED_S = 60   # the least from one fetch to the next
NOTICED_S = 2    # the most from a new list to the end of what it revokes
SLACK_S = 6      # a second's tick, a busy machine, and looking

SITE = """! Configuration script of a site
hostname gate
ipsec identity
 domain-name gate.example
 common-name gate
ipsec ca identity hq
 enrollment url https://127.0.0.1:%d/
 issuer-identifier "Test Root"
"""


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """Keys and certificates; what the servers answer with."""

    def __init__(self, folder):
        self.folder = folder
        self.key = rsa.generate_private_key(65537, 2048)
        self.certificate = self.sign(
            name("Test Root"), self.key.public_key(), 3650 * DAY, is_ca=True)
        self.other_key = rsa.generate_private_key(65537, 2048)
        self.lists_url = None
        self.short = []  # (age, life) of those that are not to live long
        self.revoked = []
        self.published = 0    # lists, each newer than the one before
        self.list_life = 7 * DAY
        self.issued = []
        self.seen = []  # (path, authorization, certificate of the client)

    def sign(self, subject, public, life, is_ca=False, host=None, age=DAY):
        builder = x509.CertificateBuilder(
            issuer_name=name("Test Root"), subject_name=subject,
            public_key=public, serial_number=x509.random_serial_number(),
            not_valid_before=NOW - age, not_valid_after=NOW + life)
        builder = builder.add_extension(
            x509.BasicConstraints(is_ca, None), critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        if not is_ca and self.lists_url:
            builder = builder.add_extension(x509.CRLDistributionPoints([
                x509.DistributionPoint(
                    [x509.UniformResourceIdentifier(self.lists_url)],
                    None, None, None)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, request):
        request = x509.load_der_x509_csr(base64.b64decode(request))
        lab.holds(request.is_signature_valid, "the request is not signed")
        age, life = self.short.pop() if self.short else (DAY, 300 * DAY)
        issued = self.sign(request.subject, request.public_key(), life,
                           age=age)
        self.issued.append(issued)
        return issued

    def fingerprint(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def revocations(self):
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=name("Test Root"),
            last_update=NOW - DAY + self.published * SECOND,
            next_update=datetime.datetime.utcnow() + self.list_life)
        for serial in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder(serial, NOW - DAY).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(
            serialization.Encoding.DER)

    def files(self):
        """Certificate and key of the server, as files."""
        key = rsa.generate_private_key(65537, 2048)
        certificate = self.sign(
            name("server"), key.public_key(), 30 * DAY, host="127.0.0.1")
        path = self.folder / "server.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM,
                              serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()) +
            certificate.public_bytes(serialization.Encoding.PEM))
        root = self.folder / "root.pem"
        root.write_bytes(
            self.certificate.public_bytes(serialization.Encoding.PEM))
        return path, root


def packed(certificates):
    return base64.encodebytes(pkcs7.serialize_certificates(
        certificates, serialization.Encoding.DER))


def handler(ca):
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def give(self, body, kind="application/pkcs7-mime"):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def note(self):
            peer = getattr(self.connection, "getpeercert", dict)()
            ca.seen.append((self.path, self.headers.get("Authorization"), peer))
            return peer

        def do_GET(self):
            self.note()
            if self.path.endswith("/cacerts"):
                self.give(packed([ca.certificate]))
            elif self.path.endswith(".crl"):
                self.give(ca.revocations(), "application/pkix-crl")
            else:
                self.send_error(404)

        def do_POST(self):
            peer = self.note()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wanted = "Basic " + base64.b64encode(
                ("%s:%s" % (USER, PASSWORD)).encode()).decode()
            allowed = self.headers.get("Authorization") == wanted
            if self.path.endswith("/simplereenroll"):
                allowed = bool(peer)
            if not allowed:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="ca"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.give(packed([ca.issue(body)]))

    return Handler


def serve(ca, files=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(ca))
    server.daemon_threads = True
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[0])
        context.load_verify_locations(files[1])
        context.verify_mode = ssl.CERT_OPTIONAL
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def certificates(router, kind):
    return [row for row in router.rows("show ipsec certificates")
            if row["kind"] == kind]


def traces(router, word):
    """Files of the router's folder, and what it says, with the word in it."""
    found = [str(path) for path in pathlib.Path(router.home).rglob("*")
             if path.is_file() and word.encode() in path.read_bytes()]
    for command in ("show log data", "show audit", "show configuration",
                    "show ipsec ca enrollment", "show history"):
        if word in router.ask(command):
            found.append(command)
    return found


def enrolment():
    router = lab.Router("enrolment").start()
    ca = Authority(router.home)
    lists = serve(ca)
    ca.lists_url = "http://127.0.0.1:%d/root.crl" % lists.server_address[1]
    est = serve(ca, ca.files())
    router.load(SITE % est.server_address[1])
    router.ask("ipsec key generate rsa 2048")

    @lab.claim("a CA is trusted by its fingerprint, and not without")
    def _():
        said = router.ask("ipsec ca authenticate hq")
        lab.holds(ca.fingerprint() in said.lower().replace(":", ""), said)
        lab.same("CAs", certificates(router, "ca"), [])
        refused = router.shell("-c", "ipsec ca enroll hq " + PASSWORD,
                               status=lab.REFUSED)
        lab.within(refused.stderr, "No CA is trusted yet")
        refused = router.shell(
            "-c", "ipsec ca authenticate hq fingerprint " + 32 * "ab",
            status=lab.REFUSED)
        lab.within(refused.stderr, "nobody is trusted")
        router.ask("ipsec ca authenticate hq fingerprint " + ca.fingerprint())
        trusted = certificates(router, "ca")
        lab.same("CAs", [row["trusted"] for row in trusted], [True])
        lab.holds(all(not seen[1] for seen in ca.seen), "a password was sent")

    @lab.claim("a wrong password is refused, none as well")
    def _():
        for words, why in (("", "asks for a password"),
                           (" wrong", "does not accept the password")):
            run = router.shell("-c", "ipsec ca enroll hq" + words,
                               status=lab.REFUSED)
            lab.within(run.stderr, why)
        lab.same("own", certificates(router, "own"), [])

    @lab.claim("with the right one there is a certificate for our key")
    def _():
        # so near its end that the next one is asked for at once
        ca.short.append((300 * DAY, 20 * DAY))
        said = router.ask("ipsec ca enroll hq " + PASSWORD)
        lab.within(said, "this router's own")
        lab.within(router.ask("show audit"), "ipsec ca enroll hq")

    @lab.claim("it is renewed in time, by who we are and without a password")
    def _():
        lab.wait_for("the renewal", lambda: len(ca.issued) == 2)
        path, password, peer = [seen for seen in ca.seen
                                if "reenroll" in seen[0]][-1]
        lab.same("password", password, None)
        lab.holds(("commonName", "gate") in
                  [pair for part in peer["subject"] for pair in part],
                  "no certificate of ours: %s" % peer)
        lab.wait_for("the certificate",
                     lambda: len(certificates(router, "own")) == 2)
        shown = [row for row in certificates(router, "own")
                 if row["presented"]]
        lab.holds(shown[0]["days_left"] > 200, str(shown))

    @lab.claim("revocation lists come from where certificates say")
    def _():
        lab.wait_for("a list", lambda: router.rows("show ipsec crl"))
        source = router.rows("show ipsec crl sources")[0]
        lab.same("URL", source["url"], ca.lists_url)
        lab.same("failures", source["failures"], 0)

    @lab.claim("the password is in no file, log or show")
    def _():
        lab.same("traces", traces(router, PASSWORD), [])

    est.shutdown()
    lists.shutdown()
    router.stop()


# ---- a tunnel whose peer is revoked ----

SIGNED = """configure terminal
ipsec transform-set t esp-aes128-hmac-sha
ipsec ike-policy-rule 1
 authentication rsa-sig
interface loopback 0
 ip address %(own)s 255.255.255.255
interface fastEthernet 0/0
 ip address %(port)s 255.255.255.252
interface tunnel ipsec:far
 ip address 10.255.0.%(net)d 255.255.255.0
 tunnel transform-set t
 tunnel local-identity subnet 10.%(net)d.0.0 255.255.255.0
 tunnel peer-identity subnet 10.%(far)d.0.0 255.255.255.0
 tunnel source %(own)s
 tunnel destination %(peer)s
ip route 10.%(far)d.0.0 255.255.255.0 tunnel ipsec:far
ip route %(peer)s 255.255.255.255 fastEthernet 0/0
"""


def as_pem(key, *certificates_):
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())
    for certificate in certificates_:
        text += certificate.public_bytes(serialization.Encoding.PEM)
    return text


def signed_lab(ca):
    """boston and ottawa; the serial number of ottawa's certificate."""
    routers = traps.Lab()
    for who, net, port in (("boston", 1, "192.0.2.1"),
                           ("ottawa", 2, "192.0.2.2")):
        own = "172.16.0.%d" % net
        key = rsa.generate_private_key(65537, 2048)
        certificate = ca.sign(name(who), key.public_key(), 300 * DAY, host=own)
        path = routers.home / (who + ".pem")
        path.write_bytes(as_pem(key, certificate, ca.certificate))
        routers.load(who, SIGNED % {"own": own, "port": port, "net": net,
                                    "far": 3 - net,
                                    "peer": "172.16.0.%d" % (3 - net)})
        routers.ask(who, "ipsec certificate import pem %s" % path)
    return routers, certificate.serial_number


def revoked_peer():
    ca = Authority(lab.folder("revoked-peer"))
    lists = serve(ca)
    ca.lists_url = "http://127.0.0.1:%d/root.crl" % lists.server_address[1]
    ca.list_life = FETCHED_S * SECOND
    routers, ottawa = signed_lab(ca)

    def is_up():
        return "is up" in routers.ask("boston", "show ipsec tunnel far")

    def sas():
        return json.loads(routers.ask(
            "boston", "show ipsec sa | display json"))["ipsec_sa"]

    def fetched():
        return routers.ask("boston", "show ipsec crl | include Entries")

    def publish(*serials):
        ca.revoked = list(serials)
        ca.published += 1

    def refresh():
        return routers.ask("boston", "ipsec certificate-database refresh")

    def ends_within(seconds):
        """Of now."""
        began = time.monotonic()
        while is_up():
            lab.holds(time.monotonic() - began < seconds + SLACK_S,
                      "it is still up, %d s after the list was there" %
                      (seconds + SLACK_S))
            time.sleep(0.05)
        took = time.monotonic() - began
        why = routers.ask("boston", "show ipsec tunnel far why")
        for word in ("cert-revoked", "CN=ottawa", "revocation list"):
            lab.within(why, word, "why")
        lab.same("SAs", sas(), [])
        print("   down %.1f s after the list was there" % took, flush=True)

    @lab.claim("a tunnel is up, and the list that was fetched has nobody")
    def _():
        lab.wait_for("the list", lambda: "Entries            : 0" in fetched())
        lab.wait_for("the tunnel", is_up)
        # three, where both ends began at once and the older one still goes
        lab.holds(len(sas()) >= 2, sas())

    @lab.claim("a peer that the next list has goes down, without being asked")
    def _():
        publish(ottawa)
        ends_within(FETCHED_S + NOTICED_S)

    @lab.claim("it comes back with a list that has it no longer")
    def _():
        ca.list_life = 7 * DAY
        publish()
        refresh()
        lab.wait_for("the tunnel", is_up)

    @lab.claim("with `refresh` a new list ends it within seconds")
    def _():
        publish(ottawa)
        lab.within(refresh(), "1 place is asked")
        ends_within(NOTICED_S)

    lists.shutdown()
    lists.server_close()


def revoked():
    router = lab.Router("revoked").start()
    ca = Authority(router.home)
    lists = serve(ca)
    ca.lists_url = "http://127.0.0.1:%d/root.crl" % lists.server_address[1]
    key = rsa.generate_private_key(65537, 2048)
    own = ca.sign(name("gate"), key.public_key(), 300 * DAY)
    ca.revoked.append(own.serial_number)
    path = router.home / "own.pem"
    path.write_bytes(as_pem(key, own, ca.certificate))
    router.ask("ipsec certificate import pem %s" % path)

    @lab.claim("a certificate on a list that was fetched is revoked, and told")
    def _():
        lab.wait_for("the state", lambda: certificates(
            router, "own")[0]["state"] == "revoked")
        lab.wait_for("the event", lambda: "CERTIFICATE-REVOKED" in router.ask(
            "show log data"))

    @lab.claim("a server that is gone is tried again, and told once")
    def _():
        lists.shutdown()
        lists.server_close()
        router.stop()
        router.start()
        lab.wait_for("a failure", lambda: any(
            row["failures"] for row in router.rows("show ipsec crl sources")))
        lab.same("lists are kept", len(router.rows("show ipsec crl")), 1)
        lab.holds("CERTIFICATE-REVOKED" not in router.ask("show log data"),
                  "it was told again after a restart")
    router.stop()


lab.tell(enrolment, revoked, revoked_peer)
