#!/usr/bin/python3
"""ESP and AH tunnel packets made by scapy, an implementation that is not ours.

Usage: make_esp_ah.py > esp_ah.txt      write the vectors
       make_esp_ah.py --check FILE      verify lines of the same form

A line is: transform spi encryption-key authentication-key outer inner
with everything but the transform's name in hexadecimal and "-" for no key.
Keys, IVs and sequence numbers are fixed, so the output never changes.
"""
import sys
import warnings

warnings.simplefilter("ignore")
from scapy.layers.inet import ICMP, IP, UDP  # noqa: E402
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


def association(name, spi, ekey, akey):
    protocol, cipher, _, auth, _ = TRANSFORMS[name]
    extra = {} if cipher is None else {"crypt_algo": cipher, "crypt_key": ekey}
    return SecurityAssociation(protocol, spi=spi, auth_algo=auth,
                               auth_key=akey, tunnel_header=OUTER, **extra)


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
elif len(sys.argv) == 1:
    make()
else:
    sys.exit(__doc__)
