#!/usr/bin/python3 -B
"""ESP in UDP (RFC 3948) as scapy makes and opens it, from behind a NAT that
changes its mind about addresses and ports; keepalives; and what is in UDP and
should not be, or the other way round.
"""
from collections import Counter

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.ipsec import ESP
from scapy.packet import Raw

import lab
import transforms
from transforms import echo_request as echo

NAT_PORT = 4500
PEER_PORT = 40123  # that the NAT chose
NAMES = ("esp-hmac-md5", "esp-des", "esp-3des-hmac-md5", "esp-aes128-hmac-sha",
         "esp-aes256-hmac-sha256", "esp-aes128-gcm")


class InUdp(transforms.Tunnel):
    """Of a transform's row; the peer's port is the NAT's."""

    def script(self):
        return super().script().replace(
            " exit\n", " tunnel encapsulation udp remote-port %d\n exit\n" %
            PEER_PORT)

    def _association(self, spi, keys, source, destination):
        sa = super()._association(spi, keys, source, destination)
        from_us = source == transforms.OWN
        sa.nat_t_header = UDP(sport=NAT_PORT if from_us else PEER_PORT,
                              dport=PEER_PORT if from_us else NAT_PORT,
                              chksum=0)
        return sa


ROWS = {row[0]: row for row in transforms.transform_rows()}
TUNNELS = [InUdp(20 + i, *ROWS[name]) for i, name in enumerate(NAMES)]
PLAIN = transforms.Tunnel(20 + len(NAMES), *ROWS["esp-aes128-hmac-md5"])


def protect(tunnel, number):
    sa = tunnel.to_router()
    packet = IP(bytes(sa.encrypt(IP(bytes(echo(tunnel, number))),
                                 seq_num=number)))
    if UDP in packet:  # scapy's length is that of an empty datagram
        packet[UDP].len = packet.len - 20
    return IP(bytes(packet))


def datagram(payload, **fields):
    return IP(src="192.0.2.99", dst=transforms.OWN) / UDP(
        sport=PEER_PORT, dport=NAT_PORT, **fields) / Raw(payload)


def moved(packet):
    """The NAT started anew: another address, another port, and a checksum
    that nobody can rely on."""
    packet = packet.copy()
    packet.src, packet[UDP].sport, packet[UDP].chksum = "203.0.113.5", 1, 0x1234
    del packet.chksum
    return packet


def make_packets():
    good = Counter()
    drops = Counter()
    packets = []

    def bad(reason, packet):
        drops[reason] += 1
        packets.append(packet)

    for tunnel in TUNNELS:
        for number in (1, 2):
            packets.append(protect(tunnel, number))
        packets.append(moved(protect(tunnel, 3)))
        good[tunnel.name] = 3
        packet = protect(tunnel, 4)
        bad("wrong-encapsulation", IP(bytes(IP(
            src=packet.src, dst=packet.dst, proto=50) / Raw(
                bytes(packet[UDP].payload)))))
        bad("nat-keepalive", datagram(b"\xff"))
        if tunnel.authenticated:
            broken = bytearray(bytes(protect(tunnel, 5)))
            broken[-1] ^= 1
            bad("bad-icv", bytes(broken))
            bad("replayed", protect(tunnel, 1))
    plain = protect(PLAIN, 1)
    packets.append(plain)
    good[PLAIN.name] = 1
    bad("wrong-encapsulation", datagram(bytes(protect(PLAIN, 2)[ESP])))
    bad("no-sa", datagram(b"\0\0\1\0" + bytes(40)))
    bad("truncated", datagram(b"\xff\xff"))
    bad("malformed", datagram(b"\xff", len=30))
    return packets, good, drops


def answer_claim(tunnel, packets, count):
    def check():
        lab.same("answers", len(packets), count)
        for packet in packets:
            udp = packet[UDP]
            lab.same("ports and checksum", (udp.sport, udp.dport, udp.chksum),
                     (NAT_PORT, PEER_PORT, 0))
            lab.same("length", udp.len, len(packet) - 20)
            inner = transforms.open_packet(tunnel, packet)
            lab.same("answer", (inner.src, inner.dst, inner[ICMP].type),
                     (transforms.INNER, tunnel.inner, 0))

    return check


def statistics_claim(router, tunnel, count):
    def check():
        row = router.tunnel(tunnel.name)
        lab.same("in", row["in_user_packets"], count)
        lab.same("out", row["out_user_packets"], count)
        lab.same("encapsulation", row["encapsulation"], "udp")
        lab.same("remote port", row["remote_port"], PEER_PORT)

    return check


def main():
    packets, good, drops = make_packets()
    router = lab.Router("router", "0/0 pcap out=none.pcap\n").start()
    router.load(transforms.script([*TUNNELS, PLAIN]))
    router.stop()
    transforms.write_capture(router.home / "in.pcap", packets)
    router.chassis("0/0 pcap in=in.pcap out=out.pcap\n")
    router.start()  # the settings come back from the store
    lab.wait_for("all %d packets" % len(packets), lambda: len(packets) <=
                 router.in_packets("fastEthernet 0/0"))
    lab.claim("each bad packet is counted under its reason")(
        lambda: lab.same("drops", router.drops(), dict(drops)))
    out = transforms.read_capture(router.home / "out.pcap")
    for tunnel in TUNNELS:
        lab.claim("%s: scapy opens the answers, in UDP" % tunnel.name)(
            answer_claim(tunnel, transforms.of_tunnel(out, tunnel),
                         good[tunnel.name]))
        lab.claim("%s: the tunnel's statistics are exact" % tunnel.name)(
            statistics_claim(router, tunnel, good[tunnel.name]))
    lab.claim("a tunnel without UDP is as before")(
        lambda: lab.same("answers", [p.proto for p in transforms.of_tunnel(
            out, PLAIN)], [50]))
    router.stop()


lab.tell(main)
