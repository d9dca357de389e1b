#!/usr/bin/python3 -B
"""The crypto report's stages are what they say: typed one after the other,
each is taken, and nothing weak is configured in the end.  With many tunnels it
stays short, and other sessions are answered meanwhile.
"""
import datetime
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

import lab

warnings.simplefilter("ignore")  # about the SHA-1 that is to be found

SITE = """! Configuration script
hostname report
ipsec transform-set old esp-des-hmac-md5 esp-3des-hmac-sha
ipsec transform-set byhand esp-3des-hmac-md5
ipsec ike-policy-rule 1
 encryption des
 hash md5
 group 1
ipsec ike-policy-rule 5
 group 5
 aggressive-mode accepted
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
ipsec key manual pre-share 192.0.2.9
 key "short"
interface tunnel ipsec:b
 ip address 10.9.0.1 255.255.255.0
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.9
 tunnel transform-set old
 tunnel pfs group 2
virtual-router isp
interface tunnel ipsec:c transport-virtual-router default
 ip address 10.8.0.1 255.255.255.0
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.9
 tunnel transform-set old
 tunnel local-identity subnet 10.8.0.0 255.255.0.0
 tunnel peer-identity subnet 10.7.0.0 255.255.0.0
 tunnel pfs group 5
virtual-router default
"""

TUNNEL = """interface tunnel ipsec:site%05d
 ip address 172.%d.%d.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 198.51.%d.%d
 tunnel transform-set old
 tunnel pfs group 2
"""
TUNNELS = 500 if lab.SANITIZED else 2000
SHORT = 40000  # bytes


def report(router):
    return router.rows("show ipsec crypto-report")


def uses(rows):
    return {(row["subject"], row["place"]): row
            for row in rows if row["line"] == "use"}


def stage(rows, number):
    return [row["command"] for row in rows
            if row["line"] == "stage" and row["stage"] == number]


def paste(router, lines):
    path = router.home / "pasted"
    path.write_text("\n".join(lines) + "\n")
    router.shell("-f", str(path), status=lab.DONE)


def stages():
    router = lab.Router("stages").start()
    router.load(SITE)
    before = report(router)

    @lab.claim("what is weak is found, with its users")
    def _():
        found = uses(before)
        lab.same("users", found["esp-des-hmac-md5", "tunnel"]["names"], "b, c")
        lab.same("rule", found["group 1", "policy-rule"]["names"], "1")
        lab.same("group", found["group 2", "tunnel"]["names"], "b")
        lab.same("key", found["key", "preshared-key"]["names"], "192.0.2.9")
        lab.holds(all(row["cost_ns"] > 0 for row in before
                      if row["line"] == "cost"), "a transform costs nothing")

    @lab.claim("each stage can be pasted, and the way ends with nothing weak")
    def _():
        for number in (1, 2, 4):
            lines = stage(report(router), number)
            lab.holds(len(lines) > 3, "stage %d is empty" % number)
            paste(router, lines)
            if number == 1:
                lab.same("set while both are offered",
                         router.ask("show ipsec transform-set old").split()[3:],
                         ["{esp-aes256-hmac-sha256,", "esp-des-hmac-md5,",
                          "esp-3des-hmac-sha}."])
                lab.same("stage 1 is done", stage(report(router), 1), [])
        lab.same("what is left", list(uses(report(router))),
                 [("key", "preshared-key")])
    router.stop()


def many():
    router = lab.Router("many").start()
    router.load(SITE + "".join(
        TUNNEL % (n, 16 + n // 250, n % 250, n // 250, n % 250 + 1)
        for n in range(TUNNELS)))

    @lab.claim("with many tunnels names and commands stay few")
    def _():
        text = router.ask("show ipsec crypto-report")
        found = uses(report(router))
        use = found["group 2", "tunnel"]
        lab.same("users", use["users"], TUNNELS + 1)
        lab.holds(use["names"].endswith(", and %d more" % (TUNNELS + 1 - 6)),
                  use["names"])
        lab.holds(len(text) < SHORT, "%d bytes" % len(text))
    router.stop()


def signed(common, key, signer, issuer, days, digest):
    now = datetime.datetime.utcnow()
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
             for text in (common, issuer)]
    return x509.CertificateBuilder(
        subject_name=names[0], issuer_name=names[1],
        public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(days=1),
        not_valid_after=now + datetime.timedelta(days=days, hours=1),
    ).add_extension(x509.BasicConstraints(common == issuer, None),
                    critical=True).sign(signer, digest)


def certificates():
    router = lab.Router("certificates").start()
    root = rsa.generate_private_key(65537, 2048)
    key = rsa.generate_private_key(65537, 1024)
    parts = [
        signed("Root", root, root, "Root", 300, hashes.SHA1()),
        signed("gate", key, root, "Root", 20, hashes.SHA1()),
    ]
    path = router.home / "own.pem"
    path.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) + b"".join(
            part.public_bytes(serialization.Encoding.PEM) for part in parts))
    router.ask("ipsec certificate import pem %s" % path)

    @lab.claim("weak keys and signatures of certificates are found")
    def _():
        found = uses(report(router))
        lab.same("short", found["RSA key", "certificate"]["users"], 1)
        lab.same("own key", found["RSA key", "rsa-key"]["names"], "key 1")
        lab.same("by SHA-1, but the CA's own",
                 found["signature", "certificate"]["users"], 1)

    @lab.claim("certificates that expire are told, within so many days")
    def _():
        for command, names in (
                ("show ipsec crypto-report", ["CN=gate"]),
                ("show ipsec crypto-report days 10", []),
                ("show ipsec crypto-report days 3650", ["CN=Root", "CN=gate"])):
            rows = [row for row in router.rows(command)
                    if row["line"] == "certificate"]
            lab.same(command, sorted(row["subject"] for row in rows), names)
            lab.holds(all(row["days_left"] in (20, 300) for row in rows),
                      str(rows))
        lab.within(router.ask("show ipsec crypto-report"),
                   "Certificates that expire soon")
    router.stop()


lab.tell(stages, many, certificates)
