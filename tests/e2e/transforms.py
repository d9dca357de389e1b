"""All transforms, as scapy and tshark know them, and tunnels of them.

Each transform has a tunnel of its own between the router under test and a
peer that exists only as packets:

    10.1.0.1  [ router ] 192.0.2.1 ------- 192.0.2.N [ peer ]  10.N.0.0/16
                          fastEthernet 0/0 (pcap)
"""
import struct
import warnings

warnings.simplefilter("ignore")
from scapy.layers.inet import ICMP, IP  # noqa: E402
from scapy.layers.ipsec import AH, ESP, SecurityAssociation  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import PcapReader  # noqa: E402

OWN = "192.0.2.1"
INNER = "10.1.0.1"

# Wireshark's names, from its preferences for ESP
SHARK = {"NULL": "NULL", "DES": "DES-CBC [RFC2405]",
         "3DES": "TripleDES-CBC [RFC2451]",
         "HMAC-MD5-96": "HMAC-MD5-96 [RFC2403]",
         "HMAC-SHA1-96": "HMAC-SHA-1-96 [RFC2404]",
         "SHA2-256-128": "HMAC-SHA-256-128 [RFC4868]",
         "AES-CBC": "AES-CBC [RFC3602]",
         "AES-GCM": "AES-GCM with 16 octet ICV [RFC4106]"}
AUTH_BYTES = {"NULL": 0, "HMAC-MD5-96": 16, "HMAC-SHA1-96": 20,
              "SHA2-256-128": 32}
ICV_BYTES = {"NULL": 0, "HMAC-MD5-96": 12, "HMAC-SHA1-96": 12,
             "SHA2-256-128": 16}
# IV and block
CIPHERS = {"NULL": (0, 4), "DES": (8, 8), "3DES": (8, 8),
           "AES-CBC": (16, 16), "AES-GCM": (8, 4)}


class Tunnel:
    """A manual tunnel with one transform, and its SAs at the peer's end."""

    def __init__(self, number, transform, protocol, cipher, key_bytes, auth):
        self.transform = transform
        self.protocol = protocol
        self.cipher = cipher
        self.key_bytes = key_bytes  # with the salt of AES-GCM
        self.auth = auth
        self.name = transform
        self.number = number
        self.peer = "192.0.2.%d" % number
        self.inner = "10.%d.0.7" % number
        self.spi_in = 0x10000000 + number
        self.spi_out = 0x20000000 + number
        self.keys_in = self._keys(1)
        self.keys_out = self._keys(2)
        self.iv, self.block = CIPHERS[cipher]
        self.icv = 16 if cipher == "AES-GCM" else ICV_BYTES[auth]

    @property
    def authenticated(self):
        return self.icv != 0

    def _keys(self, salt):
        """Encryption and authentication key; no two bytes of one are the
        same, and no two keys of the test."""
        return tuple(
            bytes((17 * self.number + 83 * salt + part + 7 * i) & 0xFF
                  for i in range(size))
            for part, size in enumerate(
                (self.key_bytes, AUTH_BYTES[self.auth])))

    def typed(self, keys):
        return " ".join(key.hex() for key in keys if key)

    def clear_keys(self):
        return [key.hex() for key in self.keys_in + self.keys_out if key]

    def script(self):
        return """
ipsec transform-set {0.name} {0.transform}
interface tunnel ipsec:{0.name}
 ip address 172.16.{0.number}.1 255.255.255.252
 tunnel signaling manual
 tunnel source {own}
 tunnel destination {0.peer}
 tunnel transform-set {0.name}
 tunnel local-identity subnet 10.1.0.0 255.255.0.0
 tunnel peer-identity subnet 10.{0.number}.0.0 255.255.0.0
 tunnel session-key-inbound {0.transform} {0.spi_in:#x} {inbound}
 tunnel session-key-outbound {0.transform} {0.spi_out} {outbound}
 exit
ip route 10.{0.number}.0.0 255.255.0.0 tunnel ipsec:{0.name}
""".format(self, own=OWN, inbound=self.typed(self.keys_in),
           outbound=self.typed(self.keys_out))

    def _association(self, spi, keys, source, destination):
        extra = {}
        if self.protocol is ESP:
            extra = {"crypt_algo": self.cipher, "crypt_key": keys[0]}
        return SecurityAssociation(
            self.protocol, spi=spi, auth_algo=self.auth, auth_key=keys[1],
            tunnel_header=IP(src=source, dst=destination), **extra)

    def to_router(self):
        return self._association(self.spi_in, self.keys_in, self.peer, OWN)

    def to_peer(self):
        return self._association(self.spi_out, self.keys_out, OWN, self.peer)

    def shark_options(self):
        """tshark's -o for the SA towards the peer."""
        return ["-o", shark_sa(self, OWN, self.peer, self.spi_out,
                               self.keys_out)]


def shark_sa(tunnel, source, destination, spi, keys):
    """A row of tshark's table of SAs, for -o."""
    words = ["IPv4", source, destination, "%#010x" % spi,
             SHARK[tunnel.cipher], key_word(keys[0]),
             SHARK[tunnel.auth], key_word(keys[1])]
    return "uat:esp_sa:" + ",".join('"%s"' % word for word in words)


def key_word(key):
    return "0x" + key.hex() if key else ""


def transform_rows():
    """Name, protocol, cipher, its key's bytes, authentication."""
    suffixes = (("", "NULL"), ("-hmac-md5", "HMAC-MD5-96"),
                ("-hmac-sha", "HMAC-SHA1-96"),
                ("-hmac-sha256", "SHA2-256-128"))
    for suffix, auth in suffixes[1:]:
        yield "ah" + suffix, AH, "NULL", 0, auth
        yield "esp" + suffix, ESP, "NULL", 0, auth
    for suffix, auth in suffixes:
        yield "esp-des" + suffix, ESP, "DES", 8, auth
        yield "esp-3des" + suffix, ESP, "3DES", 24, auth
        for bits in (128, 192, 256):
            yield ("esp-aes%d%s" % (bits, suffix), ESP, "AES-CBC", bits // 8,
                   auth)
    for bits in (128, 256):
        yield "esp-aes%d-gcm" % bits, ESP, "AES-GCM", bits // 8 + 4, "NULL"


TUNNELS = [Tunnel(20 + i, *row) for i, row in enumerate(transform_rows())]


def by_name(name):
    return next(tunnel for tunnel in TUNNELS if tunnel.name == name)


BASE = """configure terminal
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
 exit
interface fastEthernet 0/0
 ip address 192.0.2.1 255.255.255.0
 exit
"""


def script(tunnels):
    return BASE + "".join(tunnel.script() for tunnel in tunnels)


def echo_request(tunnel, number, source=None, destination=INNER):
    """From behind the peer; the payload ends in no byte that could be taken
    for a trailer."""
    packet = IP(src=source or tunnel.inner, dst=destination, id=0x6162) / \
        ICMP(type=8, id=tunnel.number, seq=number) / \
        Raw(b"%03d " % number + b"ermine " * 5)
    return IP(bytes(packet))


def write_capture(path, packets):
    """Raw IP, as our pcap port reads it; by hand, for packets that are no
    packets too."""
    with open(path, "wb") as capture:
        capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535,
                                  101))
        for packet in map(bytes, packets):
            capture.write(struct.pack("<IIII", 0, 0, len(packet),
                                      len(packet)) + packet)


def read_capture(path):
    with PcapReader(str(path)) as reader:
        return [IP(bytes(packet)) for packet in reader]


def of_tunnel(packets, tunnel):
    """Those from the router to this tunnel's peer."""
    return [packet for packet in packets if packet.dst == tunnel.peer]


def open_packet(tunnel, packet):
    """What the peer gets: scapy checks SPI and ICV, we the rest (RFC 2406,
    2.4 and 3.3.2: padding counts up from 1, nothing else is behind the
    inner packet)."""
    sa = tunnel.to_peer()
    inner = IP(bytes(sa.decrypt(IP(bytes(packet)))))  # AH gives bytes
    if tunnel.protocol is ESP:
        esp = sa.crypt_algo.decrypt(sa, IP(bytes(packet))[ESP], sa.crypt_key,
                                    tunnel.icv)
        size = len(bytes(esp.data))
        if esp.nh != 4 or size != inner.len:
            raise ValueError("next header %d, %d bytes for a packet of %d" % (
                esp.nh, size, inner.len))
    return inner
