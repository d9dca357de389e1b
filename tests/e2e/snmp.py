"""A small SNMP client of our own, for tests that ask more often than a program
can be started, or ask what no well-behaved program would.

Messages are versions 1 and 2c; a value comes back as (type, value) with the
names of types that net-snmp's tools print.
"""
import select
import socket
import time

import lab

GET, GETNEXT, RESPONSE, SET, GETBULK = 0xa0, 0xa1, 0xa2, 0xa3, 0xa5
V1, V2C = 0, 1
NO_ERROR, NO_SUCH_NAME, NOT_WRITABLE = 0, 2, 17
TYPES = {0x02: "INTEGER", 0x04: "STRING", 0x05: "Null", 0x06: "OID",
         0x40: "IpAddress", 0x41: "Counter32", 0x42: "Gauge32",
         0x43: "Timeticks", 0x44: "Opaque", 0x46: "Counter64",
         0x80: "noSuchObject", 0x81: "noSuchInstance", 0x82: "endOfMibView"}
END = "endOfMibView"
TAGS = {name: tag for tag, name in TYPES.items()}


# ---- BER ----

def tlv(tag, body):
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value, tag=0x02):
    size = max(1, (value.bit_length() + 8) // 8)
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def oid(arcs):
    arcs = tuple(arcs)
    first = arcs[0] * 40 + (arcs[1] if len(arcs) > 1 else 0)
    body = b""
    for arc in (first, *arcs[2:]):
        part = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            part.append(0x80 | arc & 0x7f)
        body += bytes(reversed(part))
    return tlv(0x06, body)


def take(octets):
    """One element: its tag, its body, what follows."""
    tag, size, at = octets[0], octets[1], 2
    if size & 0x80:
        at = 2 + (size & 0x7f)
        size = int.from_bytes(octets[2:at], "big")
    if len(octets) < at + size:
        raise lab.Problem("an element ends before its length")
    return tag, octets[at:at + size], octets[at + size:]


def take_oid(body):
    arcs, arc = [], 0
    for octet in body:
        arc = arc << 7 | octet & 0x7f
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = arcs.pop(0) if arcs else 0
    top = min(first // 40, 2)
    return (top, first - 40 * top, *arcs)


def take_value(tag, body):
    kind = TYPES[tag]
    if kind in ("INTEGER", "Counter32", "Gauge32", "Timeticks", "Counter64"):
        return kind, int.from_bytes(body, "big", signed=kind == "INTEGER")
    if kind == "OID":
        return kind, take_oid(body)
    if kind == "IpAddress":
        return kind, ".".join(map(str, body))
    return kind, body


# ---- messages ----

def message(version, community, pdu):
    return tlv(0x30, integer(version) + tlv(0x04, community.encode()) + pdu)


def pdu(kind, number, oids, first=0, second=0, values=None):
    """first, second: error status and index, or of GETBULK non-repeaters and
    max-repetitions."""
    values = values or [b"\x05\x00"] * len(oids)
    binds = b"".join(tlv(0x30, oid(one) + value)
                     for one, value in zip(oids, values))
    return tlv(kind, integer(number) + integer(first) + integer(second)
               + tlv(0x30, binds))


class Answer:
    def __init__(self, octets):
        _, body, rest = take(octets)
        lab.same("octets after the answer", rest, b"")
        self.size = len(octets)
        _, _, body = take(body)  # version
        _, _, body = take(body)  # community
        self.kind, body, _ = take(body)
        numbers = []
        for _ in range(3):
            _, one, body = take(body)
            numbers.append(int.from_bytes(one, "big", signed=True))
        self.number, self.error, self.index = numbers
        _, body, _ = take(body)
        self.binds = []  # (oid, type, value)
        while body:
            _, bind, body = take(body)
            _, name, bind = take(bind)
            tag, value, _ = take(bind)
            self.binds.append((take_oid(name), *take_value(tag, value)))


class Client:
    def __init__(self, address, community="public", version=V2C):
        self.address = address
        self.community = community
        self.version = version
        self.number = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(address)

    def send(self, octets):
        """Whatever it is.  Where nobody listens the packet before is answered
        with an error; that is for ask() to find out."""
        try:
            self.socket.send(octets)
        except ConnectionRefusedError:
            pass

    def receive(self, seconds):
        """The next answer's octets, or None."""
        ready, _, _ = select.select([self.socket], [], [], max(seconds, 0))
        try:
            return self.socket.recv(65536) if ready else None
        except ConnectionRefusedError:
            return None

    def ask(self, kind, oids, first=0, second=0, values=None, seconds=None):
        """The answer, or None if there is none in so many seconds."""
        self.number += 1
        self.send(message(self.version, self.community, pdu(
            kind, self.number, oids, first, second, values)))
        end = time.monotonic() + (lab.WAIT_S if seconds is None else seconds)
        while True:
            octets = self.receive(end - time.monotonic())
            if octets is None:
                return None
            answer = Answer(octets)
            if answer.number == self.number:  # not one that came late
                lab.same("kind of the answer", answer.kind, RESPONSE)
                return answer

    def told(self, kind, oids, first=0, second=0):
        answer = self.ask(kind, oids, first, second)
        if answer is None:
            raise lab.Problem("the agent does not answer")
        return answer

    def get(self, *oids):
        return self.told(GET, oids)

    def get_next(self, *oids):
        return self.told(GETNEXT, oids)

    def get_bulk(self, one, most):
        return self.told(GETBULK, [one], 0, most)

    def walk(self, root, most=1):
        """All there is below root, by GETNEXT, or by GETBULK of so many."""
        found, at = [], tuple(root)
        while True:
            answer = self.get_bulk(at, most) if most > 1 else self.get_next(at)
            if self.version == V1 and answer.error == NO_SUCH_NAME:
                return found
            lab.same("error of the walk at %s" % (at,), answer.error, 0)
            for bind in answer.binds:
                if bind[1] == END or bind[0][:len(root)] != tuple(root):
                    return found
                if bind[0] <= at:
                    raise lab.Problem("%s follows %s" % (bind[0], at))
                at = bind[0]
                found.append(bind)


def dotted(arcs):
    return "." + ".".join(map(str, arcs))


def parse(text):
    """What snmpwalk -On -Oe -Ox -OU prints with no module loaded, as
    (oid, type, value)."""
    lines = []
    for line in text.splitlines():
        if line.startswith(".1.") or line.startswith(".0.") or not lines:
            lines.append(line)
        else:  # a long string goes on
            lines[-1] += " " + line.strip()
    return [parse_line(line) for line in lines]


def parse_line(line):
    name, _, rest = line.partition(" = ")
    arcs = tuple(map(int, name.lstrip(".").split(".")))
    if rest.startswith("No more variables"):
        return arcs, END, b""
    if rest.startswith("No Such"):
        return arcs, "noSuch" + rest.split()[2], b""
    kind, _, value = rest.partition(": ")
    if rest.strip() == '""':
        return arcs, "STRING", b""
    if kind == "Hex-STRING":
        return arcs, "STRING", bytes.fromhex(value)
    if kind == "STRING":
        return arcs, "STRING", value.strip('"').encode()
    if kind == "OID":
        return arcs, "OID", tuple(map(int, value.strip(".").split(".")))
    if kind == "IpAddress":
        return arcs, kind, value.strip()
    if kind == "Timeticks":
        value = value[1:value.index(")")]
    return arcs, kind, int(value)
