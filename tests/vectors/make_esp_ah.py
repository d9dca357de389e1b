#!/usr/bin/python3
"""ESP and AH packets made by scapy, an implementation that is not ours.

Usage: make_esp_ah.py > esp_ah.txt      write the vectors of tunnel mode
       make_esp_ah.py --transport > transport.txt     of transport mode, GRE
       make_esp_ah.py --check FILE      verify lines of the same form

A line is: transform spi encryption-key authentication-key outer inner
with everything but the transform's name in hexadecimal and "-" for no key.
In transport mode outer is the protected packet and inner the clear one, or
":" and the name of the reason for which an SA for GRE drops it.
Keys, IVs and sequence numbers are fixed, so the output never changes.
"""
import sys
import warnings

warnings.simplefilter("ignore")
from scapy.layers.inet import ICMP, IP, UDP  # noqa: E402
from scapy.layers.l2 import GRE  # noqa: E402
from scapy.layers.ipsec import AH, ESP, SecurityAssociation  # noqa: E402
from scapy.packet import Raw  # noqa: E402

DES = bytes.fromhex("133457799bbcdff1")
TDES = bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")
MD5 = bytes(range(0x10, 0x20))
SHA = bytes(range(0x20, 0x34))
SHA256 = bytes(range(0x40, 0x60))
AES = bytes(range(0x60, 0x80))
SALT = bytes.fromhex("cafebabe")
AUTH = {"": ("NULL", b""), "-hmac-md5": ("HMAC-MD5-96", MD5),
        "-hmac-sha": ("HMAC-SHA1-96", SHA),
        "-hmac-sha256": ("SHA2-256-128", SHA256)}

# name: (protocol, cipher, encryption key, authentication, its key)
TRANSFORMS = {
    "ah-hmac-md5": (AH, None, b"", "HMAC-MD5-96", MD5),
    "ah-hmac-sha": (AH, None, b"", "HMAC-SHA1-96", SHA),
    "esp-hmac-md5": (ESP, "NULL", b"", "HMAC-MD5-96", MD5),
    "esp-hmac-sha": (ESP, "NULL", b"", "HMAC-SHA1-96", SHA),
    "esp-des": (ESP, "DES", DES, "NULL", b""),
    "esp-3des": (ESP, "3DES", TDES, "NULL", b""),
    "esp-des-hmac-md5": (ESP, "DES", DES, "HMAC-MD5-96", MD5),
    "esp-des-hmac-sha": (ESP, "DES", DES, "HMAC-SHA1-96", SHA),
    "esp-3des-hmac-md5": (ESP, "3DES", TDES, "HMAC-MD5-96", MD5),
    "esp-3des-hmac-sha": (ESP, "3DES", TDES, "HMAC-SHA1-96", SHA),
    "ah-hmac-sha256": (AH, None, b"", "SHA2-256-128", SHA256),
    "esp-hmac-sha256": (ESP, "NULL", b"", "SHA2-256-128", SHA256),
    "esp-des-hmac-sha256": (ESP, "DES", DES, "SHA2-256-128", SHA256),
    "esp-3des-hmac-sha256": (ESP, "3DES", TDES, "SHA2-256-128", SHA256),
}
for bits in (128, 192, 256):
    for suffix, (auth, auth_key) in AUTH.items():
        TRANSFORMS["esp-aes%d%s" % (bits, suffix)] = (
            ESP, "AES-CBC", AES[:bits // 8], auth, auth_key)
for bits in (128, 256):  # the key, then the salt (RFC 4106, 8.1)
    TRANSFORMS["esp-aes%d-gcm" % bits] = (
        ESP, "AES-GCM", AES[:bits // 8] + SALT, "NULL", b"")

IV_BYTES = {"DES": 8, "3DES": 8, "AES-CBC": 16, "AES-GCM": 8}

OUTER = IP(src="192.0.2.1", dst="198.51.100.2", ttl=64, id=0x1234, tos=0xB8)


def inner_packets():
    head = IP(src="10.1.0.1", dst="10.2.0.1", ttl=63, id=7)
    yield head / ICMP(id=1, seq=1) / Raw(bytes(range(56)))
    for size in range(9):  # every remainder of the padding
        yield head / UDP(sport=5000, dport=5001) / Raw(b"x" * size)
    yield head / UDP(sport=5000, dport=5001) / Raw(b"ermine" * 229)


# Options of a packet in transport mode: none; no-operation and end; router
# alert, which AH covers; record route and time stamp, which it does not;
# security, an option that nobody knows, and forty bytes of no-operation.
OPTIONS = ["", "01010100", "94040000", "07070400000000" "00",
           "44080501" "0a0b0c0d", "820b000001020304050607" "00",
           "1e0401ff" "94040000", "01" * 40]


def clear_packets():
    """The packets of one transform: all sizes without, some with options."""
    for inner in inner_packets():
        yield "", GRE(proto=0x800) / IP(bytes(inner))
    for options in OPTIONS[1:]:
        yield options, GRE(proto=0x800) / list(inner_packets())[0]
    yield "", GRE(proto=0x86DD) / Raw(b"\x60" + bytes(39))  # GRE is GRE


def transport_packet(options, payload, proto=47):
    """The clear packet with these options and this payload, by hand."""
    head = bytearray(bytes(IP(src=OUTER.src, dst=OUTER.dst, ttl=64, id=0x1234,
                              tos=0xB8, proto=proto)))
    extra, body = bytes.fromhex(options), bytes(payload)
    head[0] = 0x45 + len(extra) // 4
    head[2:4] = (20 + len(extra) + len(body)).to_bytes(2, "big")
    packet = IP(bytes(head) + extra + body)
    del packet.chksum
    return IP(bytes(packet))


def protect(sa, row, seq, clear):
    iv = bytes((seq * 16 + i) & 0xFF for i in range(IV_BYTES.get(row[1], 0)))
    return bytes(sa.encrypt(clear, seq_num=seq, **({"iv": iv} if iv else {})))


def mended(wire):
    packet = IP(bytes(wire))
    del packet.chksum
    packet.len = len(wire)
    return bytes(packet)


def spoilt(sa, row, seq):
    """Packets that are dropped: (reason, bytes)."""
    gre = transport_packet("", GRE(proto=0x800) / list(inner_packets())[1])
    good = protect(sa, row, seq, gre)
    has_icv = row[3] != "NULL" or row[1] == "AES-GCM"
    yield "other-protocol", protect(sa, row, seq, transport_packet(
        "", UDP(sport=5000, dport=5001) / Raw(b"ermine"), 17))
    yield "other-protocol", protect(sa, row, seq, transport_packet(
        "94040000", list(inner_packets())[0], 4))
    yield "truncated", mended(good[:28])
    if has_icv:
        yield "bad-icv", good[:-1] + bytes([good[-1] ^ 1])
        yield "replayed", mended(zero_sequence(good))
    fragment = IP(good)
    fragment.flags = "MF"
    yield "malformed", mended(bytes(fragment))
    yield "malformed", good[:-1]
    if row[0] is AH:
        yield "bad-icv", mended(good[:4] + b"\x12\x35" + good[6:])
        yield "malformed", overrun(protect(sa, row, seq, transport_packet(
            "1e0401ff", GRE(proto=0x800) / list(inner_packets())[1])))


def zero_sequence(wire):
    at = 28 if wire[9] == 51 else 24
    return wire[:at] + bytes(4) + wire[at + 4:]


def overrun(wire):
    """An option that is longer than the header."""
    return mended(wire[:21] + b"\x09" + wire[22:])


def make_transport():
    for number, (name, row) in enumerate(TRANSFORMS.items()):
        spi = 0x3000 + number
        sa = association(name, spi, row[2], row[4], None)
        keys = (row[2].hex() or "-", row[4].hex() or "-")
        for seq, (options, payload) in enumerate(clear_packets(), 1):
            clear = transport_packet(options, payload)
            print(name, "%08x" % spi, *keys,
                  protect(sa, row, seq, clear).hex(), bytes(clear).hex())
        for reason, wire in spoilt(sa, row, 1):
            print(name, "%08x" % spi, *keys, wire.hex(), ":" + reason)


def association(name, spi, ekey, akey, header=OUTER):
    protocol, cipher, _, auth, _ = TRANSFORMS[name]
    extra = {} if cipher is None else {"crypt_algo": cipher, "crypt_key": ekey}
    return SecurityAssociation(protocol, spi=spi, auth_algo=auth,
                               auth_key=akey, tunnel_header=header, **extra)


def make():
    for number, (name, row) in enumerate(TRANSFORMS.items()):
        spi = 0x1000 + number
        sa = association(name, spi, row[2], row[4])
        for seq, inner in enumerate(inner_packets(), 1):
            inner = IP(bytes(inner))
            iv = bytes((seq * 16 + i) & 0xFF
                       for i in range(IV_BYTES.get(row[1], 0)))
            given = {"iv": iv} if iv else {}
            outer = sa.encrypt(inner, seq_num=seq, **given)
            print(name, "%08x" % spi, row[2].hex() or "-",
                  row[4].hex() or "-", bytes(outer).hex(), bytes(inner).hex())


def check(path):
    count = 0
    with open(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("#"):
                continue
            name, spi, ekey, akey, outer, inner = line.split()
            ekey, akey = (bytes.fromhex(k.strip("-")) for k in (ekey, akey))
            sa = association(name, int(spi, 16), ekey, akey)
            clear = sa.decrypt(IP(bytes.fromhex(outer)))
            if bytes(clear).hex() != inner:
                sys.exit("line %d: %s: the inner packet differs"
                         % (number, name))
            count += 1
    print("%d packets verified" % count)


if len(sys.argv) == 3 and sys.argv[1] == "--check":
    check(sys.argv[2])
elif sys.argv[1:] == ["--transport"]:
    make_transport()
elif len(sys.argv) == 1:
    make()
else:
    sys.exit(__doc__)
