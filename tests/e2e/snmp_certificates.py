#!/usr/bin/python3 -B
"""Certificates as managers see them: each step to their end and a revocation
is told once, as a real snmptrapd receives it, and ermineCertificateTable has
what is in them.

    month (root) --+-- day (a CA below it)       end (a root of its own)
                   +-- gate (this router's own)

Each is so near the end of a step that it comes to the next one meanwhile.
"""
import datetime
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
from agent import Agent  # noqa: E402
from traps import MIBS, TRAPD, Trapd, value_of  # noqa: E402

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID
except ImportError:
    x509 = None

STEP_S = 30  # from their being made to the next step of each
STEPS = 3  # times that it is begun, where that was not long enough
DAY_S = 86400
TABLE = (1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 376463, 1, 6, 1)
COLUMNS = range(2, 11)
OWN, CHAIN, AUTHORITY = 1, 2, 3
VALID, EXPIRING, EXPIRED, REVOKED = 1, 3, 4, 5

CONFIGURATION = """configure terminal
snmp-server
snmp-server community public view everything ro
snmp-server enable traps
snmp-server host 127.0.0.1 version 2c public udp-port %d
"""


class Paper:
    """A certificate, its key, and what a manager should read."""

    def __init__(self, name, life_s, role, signer=None, is_ca=True):
        self.name = "CN=%s" % name
        self.role = role
        self.key = Paper.keys.pop()
        self.end_s = Paper.start_s + life_s
        self.from_s = Paper.start_s - 40 * DAY_S
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = signer or self
        self.issuer = by.name
        self.certificate = x509.CertificateBuilder(
            issuer_name=signer.certificate.subject if signer else subject,
            subject_name=subject, public_key=self.key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=utc(self.from_s), not_valid_after=utc(self.end_s)
        ).add_extension(x509.BasicConstraints(is_ca, None), critical=True
                        ).sign(by.key, hashes.SHA256())

    def pem(self, with_key=False):
        text = self.certificate.public_bytes(serialization.Encoding.PEM)
        if with_key:
            text += self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption())
        return text

    def serial(self):
        text = "%X" % self.certificate.serial_number
        return "0" * (len(text) % 2) + text


def utc(seconds):
    return datetime.datetime.utcfromtimestamp(seconds)


def date_and_time(seconds):
    at = utc(seconds)
    return at.year.to_bytes(2, "big") + bytes([
        at.month, at.day, at.hour, at.minute, at.second, 0, 0x2b, 0, 0])


class Stage:
    def __init__(self, step_s):
        # all that takes its time goes before the first step begins
        Paper.keys = [rsa.generate_private_key(65537, 2048) for _ in range(6)]
        self.router = lab.Router("gate%d" % step_s).start()
        self.trapd = Trapd(lab.another_folder("trapd"),
                           "authCommunity log public\n")
        self.router.load(CONFIGURATION % self.trapd.port)
        self.agent = Agent(self.router).start()
        self.agent.client().get((1, 3, 6, 1, 2, 1, 1, 3, 0))
        self.trapd.wait("coldStart")
        Paper.start_s = int(time.time())
        self.step_s = Paper.start_s + step_s  # when it is there
        self.month = Paper("month", 30 * DAY_S + step_s, AUTHORITY)
        self.day = Paper("day", DAY_S + step_s, CHAIN, self.month)
        self.gate = Paper("gate", 7 * DAY_S + step_s, OWN, self.month, False)
        self.end = Paper("end", step_s, AUTHORITY)
        self.papers = [self.month, self.day, self.gate, self.end]

    def bring(self, name, octets):
        path = self.router.home / name
        path.write_bytes(octets)
        self.router.ask("enable 15", "ipsec certificate import pem %s" % path)

    def told(self, paper):
        """What was told of it: name, days that are left, state."""
        return [(line.split("snmpTrapOID.0 ")[1].split(";")[0],
                 int(value_of(line, "ermineCertificateDaysLeft").split()[0]),
                 value_of(line, "ermineCertificateState"))
                for line in self.trapd.lines()
                if "ermineCertificateSubject.%d " % self.number(paper) in line]

    def number(self, paper):
        rows = [row for row in self.router.rows("show ipsec certificates")
                if row["subject"] == paper.name]
        lab.same("certificates of %s" % paper.name, len(rows), 1)
        return rows[0]["number"]

    def table(self):
        """Column and number -> value."""
        found = self.agent.client().walk(TABLE, 20)
        return {(name[-2], name[-1]): value for name, _, value in found}


EXPIRES = "ermineCertificateExpiring"


def begin():
    """A stage, with what is told and what the table has before the next
    step; it is longer where this machine was too slow for that."""
    for step_s in (STEP_S << i for i in range(STEPS)):
        stage = Stage(step_s)
        stage.bring("all.pem", stage.gate.pem(True) + stage.month.pem() +
                    stage.day.pem() + stage.end.pem())
        lab.wait_for("three of them", lambda: all(
            stage.told(paper) for paper in (stage.day, stage.gate, stage.end)))
        told = {paper.name: stage.told(paper) for paper in stage.papers}
        table = stage.table()
        if time.time() < stage.step_s:
            return stage, told, table
        stage.router.stop()
    raise lab.Problem("this machine is too slow: the next step has begun")


def steps(stage, told, table):
    @lab.claim("a certificate that expires is told of in the step it is in")
    def _():
        for paper, should_be in ((stage.day, [(EXPIRES, 1, "expiring")]),
                                 (stage.gate, [(EXPIRES, 7, "expiring")]),
                                 (stage.end, [(EXPIRES, 0, "expiring")]),
                                 (stage.month, [])):
            lab.same(paper.name, told[paper.name], should_be)

    @lab.claim("the table has what is in them")
    def _():
        lab.same("rows", len(table), len(stage.papers) * len(COLUMNS))
        for paper in stage.papers:
            row = [table[column, stage.number(paper)] for column in COLUMNS]
            left = (paper.end_s - stage.step_s) // DAY_S
            state = VALID if paper is stage.month else EXPIRING
            lab.same(paper.name, row, [
                paper.name.encode(), paper.issuer.encode(),
                paper.serial().encode(), paper.role,
                date_and_time(paper.from_s), date_and_time(paper.end_s), left,
                state, 2048])

    @lab.claim("and is the same by GET, GETNEXT, GETBULK and snmptable")
    def _():
        client = stage.agent.client()
        one_by_one = client.walk(TABLE)
        lab.same("GETBULK", client.walk(TABLE, 7), one_by_one)
        for name, kind, value in one_by_one:
            lab.same("GET", client.get(name).binds[0], (name, kind, value))
        text = stage.agent.run(
            "snmptable", "-v2c", "-c", "public", "-M", MIBS, "-m", "ALL",
            "-Ci", stage.agent.at, "ermineCertificateTable")
        for paper in stage.papers:
            lab.within(text, paper.name, "snmptable")

    @lab.claim("each next step is told, with 30, 7 and 1 days, and the end")
    def _():
        time.sleep(max(0, stage.step_s + 1 - time.time()))  # the wall clock
        # the router looks again when another one comes
        stage.bring("late.pem", Paper("late", 300 * DAY_S, AUTHORITY).pem())
        lab.wait_for("the end", lambda: len(stage.told(stage.end)) == 2)
        lab.wait_for("a month", lambda: stage.told(stage.month))
        lab.same("month", stage.told(stage.month), [(EXPIRES, 29, "expiring")])
        lab.same("gate", stage.told(stage.gate)[1:],
                 [(EXPIRES, 6, "expiring")])
        lab.same("day", stage.told(stage.day)[1:], [(EXPIRES, 0, "expiring")])
        lab.same("end", stage.told(stage.end)[1:],
                 [("ermineCertificateExpired", 0, "expired")])

    @lab.claim("a notification has all that tells which one, and until when")
    def _():
        line = stage.trapd.wait("ermineCertificateExpired")
        number = stage.number(stage.end)
        for name, value in (
                ("Subject", stage.end.name), ("Issuer", stage.end.issuer),
                ("Serial", stage.end.serial()), ("Role", "authority")):
            lab.within(line, "ermineCertificate%s.%d " % (name, number))
            lab.same(name, value_of(line, "ermineCertificate" + name), value)
        at = utc(stage.end.end_s)
        lab.same("NotAfter", value_of(line, "ermineCertificateNotAfter"),
                 "%d-%d-%d,%d:%d:%d.0,+0:0" % (
                     at.year, at.month, at.day, at.hour, at.minute, at.second))


def revocation(stage):
    @lab.claim("a certificate that is revoked is told of, once")
    def _():
        crl = x509.CertificateRevocationListBuilder(
            issuer_name=stage.month.certificate.subject,
            last_update=utc(Paper.start_s - DAY_S),
            next_update=utc(Paper.start_s + 7 * DAY_S)
        ).add_revoked_certificate(x509.RevokedCertificateBuilder(
            stage.gate.certificate.serial_number,
            utc(Paper.start_s - DAY_S)).build())
        stage.bring("list.pem", crl.sign(
            stage.month.key, hashes.SHA256()).public_bytes(
                serialization.Encoding.PEM))
        lab.wait_for("the revocation", lambda: len(
            stage.told(stage.gate)) == 3)
        lab.same("gate", stage.told(stage.gate)[2:],
                 [("ermineCertificateRevoked", 6, "revoked")])
        lab.wait_for("the table", lambda: stage.table()[
            9, stage.number(stage.gate)] == REVOKED)
        lab.same("end", stage.table()[9, stage.number(stage.end)], EXPIRED)


def restart(stage):
    @lab.claim("nothing is told twice, over a restart neither")
    def _():
        before = [stage.told(paper) for paper in stage.papers]
        stage.router.stop()
        stage.router.start()
        lines = len(stage.trapd.lines())
        lab.wait_for("the agent to be back", lambda: spoken(stage, lines))
        stage.bring("later.pem", Paper("later", 300 * DAY_S, AUTHORITY).pem())
        lines = len(stage.trapd.lines())
        lab.wait_for("a commit", lambda: spoken(stage, lines))
        lab.same("told", [stage.told(paper) for paper in stage.papers], before)


def spoken(stage, lines):
    stage.router.load("configure terminal\nhostname h%d\n" % int(
        time.time() * 1000))
    return stage.trapd.count("ermineCommit", after=lines) > 0


def main():
    if x509 is None or not pathlib.Path(TRAPD).exists() or \
            shutil.which("snmptable") is None:
        print("skip snmp_certificates: python3-cryptography, snmp or "
              "snmptrapd is not there")
        return
    stage, told, table = begin()
    lab.tell(lambda: steps(stage, told, table), lambda: revocation(stage),
             lambda: restart(stage))


if __name__ == "__main__":
    main()
