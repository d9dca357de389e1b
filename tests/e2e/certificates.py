#!/usr/bin/python3 -B
"""Keys, requests and certificates with openssl at the other end: a CA of two
levels, as a person makes it; and where private keys and pass phrases are,
which is nowhere in clear.
"""
import base64
import re
import subprocess

import lab

SEALED = re.compile(rb"\$e1\$[A-Za-z0-9+/]{100}")
PHRASE = "horse-staple-battery-wrong"
SHOWS = ["show ipsec certificates", "show ipsec key mypubkey rsa",
         "show ipsec ike-configuration", "show ipsec identity",
         "show ipsec crl", "show configuration", "show log data",
         "show audit 1000", "show ipsec key pubkey-chain rsa"]


class Ca:
    """Root -> Sub, in a folder."""

    def __init__(self, home):
        self.home = home
        self.conf = home / "ca.cnf"
        self.conf.write_text(
            "[ca]\ndefault_ca=c\n[c]\ndatabase=%s\nserial=%s\n"
            "crlnumber=%s\ndefault_md=sha256\ndefault_crl_days=30\n"
            "[sub]\nbasicConstraints=critical,CA:true,pathlen:0\n"
            "keyUsage=critical,keyCertSign,cRLSign\n"
            "[leaf]\nkeyUsage=critical,digitalSignature\n"
            "subjectAltName=DNS:gate.example.test\n" % (
                home / "index", home / "serial", home / "crlnumber"))
        (home / "index").write_text("")
        (home / "serial").write_text("1000\n")
        (home / "crlnumber").write_text("01\n")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                     "-keyout", "root.key", "-out", "root.cer", "-days",
                     "3650", "-subj", "/C=XT/O=E2E/CN=Root")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                     "sub.key", "-out", "sub.crq", "-subj",
                     "/C=XT/O=E2E/CN=Sub")
        self.sign("sub.crq", "sub.cer", "root", "sub")

    def openssl(self, *words):
        run = subprocess.run(["openssl", *map(str, words)], cwd=self.home,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, timeout=60)
        lab.same("exit status of openssl %s: %s" % (
            " ".join(map(str, words)), run.stderr), run.returncode, 0)
        return run.stdout

    def sign(self, request, certificate, by, section):
        self.openssl("x509", "-req", "-in", request, "-CA", by + ".cer",
                     "-CAkey", by + ".key", "-CAcreateserial", "-extfile",
                     self.conf, "-extensions", section, "-days", "100",
                     "-out", certificate)

    def crl(self, *revoked):
        for certificate in revoked:
            self.openssl("ca", "-config", self.conf, "-cert", "sub.cer",
                         "-keyfile", "sub.key", "-revoke", certificate)
        self.openssl("ca", "-config", self.conf, "-cert", "sub.cer",
                     "-keyfile", "sub.key", "-gencrl", "-out", "sub.crl")


class Stage:
    def __init__(self):
        self.router = lab.Router("router")
        self.router.options = ["--log-level", "debug"]
        self.router.start()
        self.ca = Ca(lab.folder("ca"))
        self.said = ""

    def ask(self, *commands, status=lab.DONE):
        words = [w for c in ("enable 15", *commands) for w in ("-c", c)]
        run = self.router.shell(*words, status=status)
        self.said += run.stdout + run.stderr
        return run.stdout + run.stderr

    def path(self, name):
        return self.ca.home / name


def request_claim(stage):
    """openssl reads the request, and finds it signed by its own key."""

    def check():
        answer = stage.ask("ipsec certificate-request generate rsa %s"
                           % stage.path("early.crq"), status=lab.REFUSED)
        lab.within(answer, "ipsec key generate rsa 2048")
        lab.within(stage.ask("ipsec key generate rsa 2048"),
                   "RSA key 1, 2048 bits")
        stage.router.load(
            "configure terminal\nipsec identity\n common-name The Gate\n"
            " country XT\n organization E2E\n"
            " domain-name gate.example.test\n")
        stage.ask("ipsec certificate-request generate rsa %s"
                  % stage.path("gate.crq"))
        text = stage.ca.openssl("req", "-in", "gate.crq", "-noout", "-text",
                                "-verify")
        for part in ("CN = The Gate", "C = XT", "O = E2E",
                     "DNS:gate.example.test", "Digital Signature",
                     "sha256WithRSAEncryption"):
            lab.within(text, part, "the request")

    return check


def import_claim(stage):
    """The signed certificate finds its key, and its way up."""

    def check():
        stage.ca.sign("gate.crq", "gate.cer", "sub", "leaf")
        answer = stage.ask(
            "ipsec certificate import pem %s" % stage.path("gate.cer"),
            "ipsec certificate import pem %s" % stage.path("sub.cer"),
            "ipsec certificate import pem %s" % stage.path("root.cer"))
        lab.within(answer, "it is this router's own")
        lab.within(answer, "not trusted by itself")
        lab.within(answer, "its CA is trusted now")
        rows = stage.router.rows("show ipsec certificates")
        lab.same("kinds", [row["kind"] for row in rows], ["own", "ca", "ca"])
        lab.same("issuers", [row["issuer_number"] for row in rows],
                 [2, 3, None])
        lab.same("presented", [row["presented"] for row in rows],
                 [True, False, False])
        lab.same("trusted", [row["trusted"] for row in rows],
                 [False, False, True])
        lab.same("days", rows[0]["days_left"] in (99, 100), True)
        wanted = stage.ca.openssl("x509", "-in", "gate.cer", "-noout",
                                  "-fingerprint", "-sha256")
        lab.same("fingerprint", rows[0]["fingerprint"].upper(),
                 wanted.strip().split("=")[1])

    return check


def public_key_claim(stage):
    """The public key is the one that openssl reads in the certificate."""

    def check():
        key = stage.router.rows("show ipsec key mypubkey rsa")[0]
        pem = stage.ca.openssl("x509", "-in", "gate.cer", "-noout", "-pubkey")
        der = base64.b64decode("".join(pem.splitlines()[1:-1]))
        lab.same("the key", bytes.fromhex(key["key"]), der)
        lab.same("its certificate", key["certificate"], 1)
        stage.router.load(
            "configure terminal\nipsec key pubkey-chain rsa name "
            "peer.example.test\n key-string %s\n" % key["key"])
        rows = stage.router.rows("show ipsec key pubkey-chain rsa")
        lab.same("bits of an entered key", rows[0]["bits"], 2048)

    return check


def refused_claim(stage):
    """What does not belong here, and files that are none."""

    def check():
        stage.ca.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                         "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                         "ec.key", "-out", "ec.cer", "-days", "9", "-subj",
                         "/CN=EC")
        for line, part in (
                ("pem /nowhere/x.cer", "No such file"),
                ("der %s" % stage.path("gate.cer"), "in DER"),
                ("pem %s" % stage.path("ec.cer"), "not an RSA key"),
                ("pem %s" % stage.path("ca.cnf"), "holds no certificate"),
                ("pkcs12 %s" % stage.path("gate.cer"), "no PKCS #12")):
            lab.within(stage.ask("ipsec certificate import " + line,
                                 status=lab.REFUSED), part)

    return check


def refresh_claim(stage):
    """Lists that openssl makes, by the folder and by import."""

    def check():
        folder = stage.router.state / "certificates"
        lab.within(stage.ask("ipsec certificate-database refresh"),
                   "0 files were read")
        stage.ca.crl()
        (folder / "sub.crl").write_bytes(stage.path("sub.crl").read_bytes())
        lab.within(stage.ask("ipsec certificate-database refresh"),
                   "0 entries")
        stage.ca.crl("gate.cer")
        lab.within(stage.ask("ipsec certificate import pem %s"
                             % stage.path("sub.crl")), "1 entry")
        lab.within(stage.ask("ipsec certificate-database refresh"),
                   "older than the one that is here")
        row = stage.router.rows("show ipsec crl")[0]
        lab.same("entries", row["entries"], 1)
        lab.same("state", row["state"], "current")
        lab.same("state of the own certificate", stage.router.rows(
            "show ipsec certificates 1")[0]["state"], "revoked")
        stage.ask("ipsec certificate delete %d" % row["number"])
        lab.same("lists", stage.router.rows("show ipsec crl"), [])

    return check


def restart_claim(stage):
    def kept():
        """All but the days that are left, which may become fewer."""
        return [[dict(row, days_left=None) for row in
                 stage.router.rows(command)] for command in SHOWS[:2]]

    def check():
        before = kept()
        stage.router.stop()
        stage.router.start()
        lab.same("after a restart",
                 kept(), before)
        stage.router.kill()
        stage.router.start()
        lab.same("after kill -9",
                 kept(), before)

    return check


def phrase_claim(stage):
    """PKCS #12: without, with a wrong and with the right pass phrase."""

    def check():
        stage.ca.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                         "two.key", "-out", "two.crq", "-subj", "/CN=two")
        stage.ca.sign("two.crq", "two.cer", "sub", "leaf")
        stage.ca.openssl("pkcs12", "-export", "-inkey", "two.key", "-in",
                         "two.cer", "-certfile", "sub.cer", "-out", "two.p12",
                         "-passout", "pass:" + PHRASE)
        line = "ipsec certificate import pkcs12 %s" % stage.path("two.p12")
        lab.within(stage.ask(line, status=lab.REFUSED),
                   "give its pass phrase")
        lab.within(stage.ask(line + " passphrase not-the-one",
                             status=lab.REFUSED), "pass phrase is wrong")
        lab.within(stage.ask(line + " passphrase " + PHRASE),
                   "RSA key 2, 2048 bits")
        lab.holds("not-the-one" not in stage.said,
                  "a wrong pass phrase is repeated")

    return check


def console_claim(stage):
    """It is asked for at a terminal, and neither echoed nor remembered."""

    def check():
        stage.ca.openssl("pkcs12", "-export", "-inkey", "two.key", "-in",
                         "two.cer", "-out", "ask.p12", "-passout",
                         "pass:" + PHRASE)
        console = lab.Console("--socket", stage.router.socket)
        line = "ipsec certificate import pkcs12 %s" % stage.path("ask.p12")
        console.type(line + " passphrase " + PHRASE)
        console.expect("Leave the pass phrase out")
        console.type(line)
        # what was typed before a prompt is echoed
        text = console.asks("Pass phrase: ")
        console.type("not that one")
        text += console.asks("It is another one.  Pass phrase: ")
        console.type(PHRASE)
        text += console.expect("already")
        console.type("show history", "show boot")
        text += console.expect("System Configuration", "boot")
        console.close()
        stage.said += text
        lab.holds(PHRASE not in text, "the pass phrase is echoed:\n" + text)

    return check


# ---- secrecy ----

def private_parts(stage, name):
    """Bytes of the private exponent and the primes, as they are in a file."""
    text = stage.ca.openssl("rsa", "-in", name, "-noout", "-text")
    parts = []
    for field in ("privateExponent", "prime1", "prime2"):
        digits = ""
        for line in text.split(field + ":")[1].splitlines()[1:]:
            if not line.startswith("    "):
                break
            digits += line.strip().replace(":", "")
        number = bytes.fromhex(digits).lstrip(b"\0")
        parts += [number[:32], number[:32][::-1],
                  number[:32].hex().encode()]
    return parts


def files_claim(stage):
    """No file of the router, no show, no log: neither key nor pass phrase."""

    def check():
        wanted = private_parts(stage, "two.key")
        lab.same("parts that are looked for", len(wanted), 9)
        wanted += [PHRASE.encode(), base64.b64encode(PHRASE.encode())]
        plant = stage.path("two.key").read_bytes()
        raw = base64.b64decode(b"".join(plant.splitlines()[1:-1]))
        lab.holds(wanted[0] in raw, "the search does not find what is there")
        texts = {"shows": "".join(
            stage.ask(command, command + " | display json")
            for command in SHOWS).encode(), "all answers": stage.said.encode()}
        dump = subprocess.run(
            ["sqlite3", "-readonly", str(stage.router.state / "config.db"),
             ".dump"], stdout=subprocess.PIPE)
        lab.holds(b"pki_key" in dump.stdout, "the dump has no keys")
        texts["the database"] = dump.stdout
        for path in list(stage.router.state.rglob("*")) + [stage.router.log]:
            if path.is_file():
                texts[path.name] = path.read_bytes()
        for where, text in texts.items():
            for part in wanted:
                lab.holds(part not in text, "%s in clear in %s" % (
                    "the pass phrase" if part in wanted[-2:]
                    else "a private key", where))

    return check


REGION_MAX = 1 << 28  # a sanitizer's shadow is larger, and no heap


def memory_of(pid):
    with open("/proc/%d/maps" % pid, encoding="ascii") as maps, \
            open("/proc/%d/mem" % pid, "rb") as memory:
        for line in maps:
            words = line.split()
            if not words[1].startswith("rw") or "[vv" in line:
                continue
            first, last = (int(w, 16) for w in words[0].split("-"))
            if last - first > REGION_MAX:
                continue
            try:
                memory.seek(first)
                yield memory.read(last - first)
            except OSError:
                continue


def memory_can_be_read(pid):
    try:
        next(memory_of(pid))
        return True
    except (OSError, StopIteration):
        return False


def memory_holds(stage, parts):
    found = [part for region in memory_of(stage.router.process.pid)
             for part in parts if part in region]
    return len(set(found))


def memory_claim(stage):
    """A core of the daemon: no pass phrase after an import, and no private
    key after it was wiped."""

    def check():
        parts = private_parts(stage, "two.key")
        # OpenSSL keeps numbers with their lowest bytes first
        lab.holds(memory_holds(stage, parts) > 0,
                  "the search does not find a key that is in use")
        lab.same("pass phrases in memory",
                 memory_holds(stage, [PHRASE.encode()]), 0)
        lab.within(stage.ask("ipsec key zeroize rsa"), "2 RSA keys were wiped")
        lab.same("parts of a private key in memory",
                 memory_holds(stage, parts), 0)

    return check


def zeroize_claim(stage):
    def check():
        lab.same("keys", stage.router.rows("show ipsec key mypubkey rsa"), [])
        lab.same("kinds", [row["kind"] for row in stage.router.rows(
            "show ipsec certificates")][:1], ["other"])
        lab.same("rsa-sig can be used", stage.router.rows(
            "show ipsec ike-configuration")[0]["rsa_usable"], False)
        lab.holds(not SEALED.search(
            (stage.router.state / "config.db-wal").read_bytes()),
                  "a sealed key is left in the log of the database")
        stage.router.stop()
        for path in stage.router.state.rglob("*"):
            if path.is_file():
                lab.holds(not SEALED.search(path.read_bytes()),
                          "a sealed key is left in %s" % path.name)
        stage.router.start()
        lab.same("keys after a restart",
                 stage.router.rows("show ipsec key mypubkey rsa"), [])

    return check


def audit_claim(stage):
    """Who did what is in the audit log, also what was refused."""

    def check():
        text = stage.router.ask("show audit 1000 | display json")
        for part in ("ipsec key generate rsa", "ipsec key zeroize rsa",
                     "ipsec certificate import", "two.p12"):
            lab.within(text, part, "the audit log")

    return check


def main():
    stage = Stage()
    lab.claim("a request is what openssl takes for one")(
        request_claim(stage))
    lab.claim("what a CA of two levels signed is taken in")(
        import_claim(stage))
    lab.claim("the public key is the same in both programs")(
        public_key_claim(stage))
    lab.claim("what is wrong is refused with the reason")(
        refused_claim(stage))
    lab.claim("revocation lists come by folder and by import")(
        refresh_claim(stage))
    lab.claim("all of it is there after a restart")(restart_claim(stage))
    lab.claim("a pass phrase opens a PKCS #12 file")(phrase_claim(stage))
    lab.claim("at a terminal it is asked for, without echo")(
        console_claim(stage))
    lab.claim("no private key and no pass phrase is in clear anywhere")(
        files_claim(stage))
    if memory_can_be_read(stage.router.process.pid):
        lab.claim("no pass phrase, and no wiped key, is in memory")(
            memory_claim(stage))
    else:
        print("skip certificates: memory: it cannot be read here")
        stage.ask("ipsec key zeroize rsa")
    lab.claim("wiped keys are gone for good")(zeroize_claim(stage))
    lab.claim("the audit log says who did it")(audit_claim(stage))


lab.tell(main)
