#!/usr/bin/python3 -B
"""What scapy protects is accepted through each of the ten transforms, and
what is wrong is dropped, each kind under its own counter.

The pcap port reads one file with everything, good and bad.  Expected numbers
are added up while the packets are made, and must be met exactly.
"""
from collections import Counter

from scapy.layers.inet import ICMP, IP, IPOption, fragment
from scapy.layers.ipsec import AH, ESP
from scapy.packet import Raw

import lab
import transforms
from transforms import echo_request as echo

# the tunnel's statistic that a drop counts in (schemas/drops.schema)
STATISTIC = {"truncated": "in_other_rx_errors",
             "replayed": "in_replay_errors",
             "bad-icv": "in_auth_errors",
             "bad-padding": "in_pad_errors",
             "bad-inner": "in_other_rx_errors",
             "malformed": None,
             "ecn-congested": "in_other_rx_errors",
             "in-selector": "in_policy_errors"}
IPIP = 4


class Story:
    """The input of one router, and what is to come of it."""

    def __init__(self):
        self.packets = []
        self.drops = Counter()
        self.marked = set()  # sequence numbers whose answers say congestion
        self.statistics = {t.name: Counter() for t in transforms.TUNNELS}
        self.echoes = {t.name: [] for t in transforms.TUNNELS}

    def good(self, tunnel, packet, inner, octets=None, is_answered=True):
        """octets: of the outer packet, of which this is the last piece."""
        self.packets.append(bytes(packet))
        own = self.statistics[tunnel.name]
        own["in_user_packets"] += 1
        own["in_user_octets"] += len(inner)
        own["in_acc_packets"] += 1
        own["in_acc_octets"] += octets or len(packet)
        if not is_answered:
            return
        self.echoes[tunnel.name].append(
            (inner[ICMP].seq, bytes(inner[ICMP].payload)))

    def bad(self, packet, reason, tunnel=None):
        """tunnel: the one whose statistic counts it too."""
        self.packets.append(bytes(packet))
        self.drops[reason] += 1
        if tunnel is not None and STATISTIC[reason]:
            self.statistics[tunnel.name][STATISTIC[reason]] += 1


# ---- making packets ----

def protect(tunnel, inner, sequence, spi=None, **fields):
    """fields: of the outer header."""
    sa = tunnel.to_router()
    sa.spi = spi or sa.spi
    for name, value in fields.items():
        setattr(sa.tunnel_header, name, value)
    return IP(bytes(sa.encrypt(IP(bytes(inner)), seq_num=sequence)))


def protect_raw(tunnel, plain, sequence, padding=None):
    """ESP around bytes that need not be a packet, with padding that need not
    be right."""
    sa = tunnel.to_router()
    shell = protect(tunnel, echo(tunnel, 0), sequence)[ESP]
    esp = sa.crypt_algo.decrypt(sa, shell, sa.crypt_key, tunnel.icv)
    esp.data, esp.nh, esp.icv = plain, IPIP, b""
    sa.crypt_algo.pad(esp)
    if padding is not None:
        esp.padding = padding(esp.padlen)
    esp = sa.crypt_algo.encrypt(sa, esp, sa.crypt_key)
    sa.auth_algo.sign(esp, sa.auth_key)
    return outer(tunnel, bytes(esp), 50)


def outer(tunnel, content, protocol, **fields):
    return IP(bytes(IP(src=tunnel.peer, dst=transforms.OWN, proto=protocol,
                       **fields) / Raw(content)))


def flip_end(packet):
    raw = bytearray(bytes(packet))
    raw[-1] ^= 0x01
    return bytes(raw)


# ---- the kinds of packets ----

def tell_good(story, tunnel):
    for number in (1, 2, 3):
        inner = echo(tunnel, number)
        story.good(tunnel, protect(tunnel, inner, number), inner)


def tell_wrong_icv(story, tunnel):
    """A number counts as seen only once its packet has proved itself."""
    if not tunnel.authenticated:
        return
    inner = echo(tunnel, 4)
    packet = protect(tunnel, inner, 4)
    story.bad(flip_end(packet), "bad-icv", tunnel)
    story.good(tunnel, packet, inner)
    story.bad(flip_end(protect(tunnel, inner, 4000)), "bad-icv", tunnel)
    inner = echo(tunnel, 5)
    story.good(tunnel, protect(tunnel, inner, 5), inner)


def tell_replayed(story, tunnel):
    """Without authentication a number proves nothing and is not looked at
    (RFC 2406, 3.4.3)."""
    far = echo(tunnel, 100)
    story.good(tunnel, protect(tunnel, far, 100), far)
    edge = echo(tunnel, 37)
    packet = protect(tunnel, edge, 37)
    story.good(tunnel, packet, edge)
    old = echo(tunnel, 36)
    if tunnel.authenticated:
        story.bad(packet, "replayed", tunnel)
        story.bad(protect(tunnel, old, 2), "replayed", tunnel)
        story.bad(protect(tunnel, old, 36), "replayed", tunnel)
    else:
        story.good(tunnel, packet, edge)
        story.good(tunnel, protect(tunnel, old, 2), old)
        story.good(tunnel, protect(tunnel, old, 36), old)


def shorter_is(tunnel, plain, length):
    """Why protected content of so many bytes is dropped, and whether its
    tunnel is known."""
    if tunnel.protocol is AH:
        reason = "truncated" if length < 12 + tunnel.icv else "bad-icv"
        return reason, length >= 8
    around = 8 + tunnel.iv + tunnel.icv
    covered = length - around
    if covered < tunnel.block or covered % tunnel.block:
        return "truncated", length >= 4
    if tunnel.authenticated:
        return "bad-icv", True
    # CBC: what is left decrypts to the start of the same text
    lab.holds(plain[covered - 1] != IPIP, "the text looks like a trailer")
    return "bad-padding", True


def tell_truncated(story, tunnel):
    inner = echo(tunnel, 50)
    packet = protect(tunnel, inner, 50)
    content = bytes(packet[tunnel.protocol])
    for length in range(len(content)):
        reason, known = shorter_is(tunnel, bytes(inner), length)
        story.bad(outer(tunnel, content[:length], packet.proto), reason,
                  tunnel if known else None)
    for length in range(len(packet)):  # the outer header says more
        story.bad(bytes(packet)[:length], "malformed")


def tell_wrong_spi(story, tunnel):
    inner = echo(tunnel, 60)
    story.bad(protect(tunnel, inner, 60, tunnel.spi_in + 0x100), "no-sa")
    story.bad(protect(tunnel, inner, 60, tunnel.spi_out), "no-sa")
    other = protect(tunnel, inner, 60)
    content = bytes(other[tunnel.protocol])
    story.bad(outer(tunnel, content, 50 + 51 - other.proto), "no-sa")


def tell_wrong_selector(story, tunnel):
    for number, ends in ((101, {"source": "10.99.0.1"}),
                         (102, {"destination": "10.%d.0.9" % tunnel.number}),
                         (103, {"source": "10.%d.0.1" % (
                             tunnel.number + 1)})):
        inner = echo(tunnel, number, **ends)
        story.bad(protect(tunnel, inner, number), "in-selector", tunnel)


def tell_wrong_content(story, tunnel):
    inner = bytes(echo(tunnel, 104))
    if tunnel.protocol is ESP:
        story.bad(protect_raw(tunnel, b"\x65" + inner[1:], 104), "bad-inner",
                  tunnel)
        story.bad(protect_raw(tunnel, inner[:-1], 105), "bad-inner", tunnel)
        story.bad(protect_raw(tunnel, inner + b"x", 106,
                              lambda count: b"\x07" * count), "bad-padding",
                  tunnel)


def tell_fragments(story, tunnel):
    """After protection: the outer packet in pieces, in an order that no
    sender chooses, and some of them wrong."""
    inner = echo(tunnel, 110)
    whole = protect(tunnel, inner, 110, id=110)
    pieces = fragment(whole, 40)
    for piece in pieces[1:] + pieces[2:3]:
        story.packets.append(bytes(piece))
    story.drops["fragment-twice"] += 1
    story.good(tunnel, pieces[0], inner, octets=len(whole))

    late = fragment(protect(tunnel, echo(tunnel, 111), 111, id=111), 40)
    story.packets.append(bytes(late[0]))  # and no more of it
    content = bytes(whole[tunnel.protocol])
    number = 5000 + tunnel.number
    story.bad(outer(tunnel, content[:27], whole.proto, flags="MF",
                    id=number), "fragment-malformed")
    story.bad(outer(tunnel, content[:24], whole.proto, frag=8189,
                    id=number), "fragment-malformed")
    story.bad(outer(tunnel, content[:24], whole.proto, frag=1150,
                    id=number), "fragment-too-big")
    story.packets.append(bytes(
        outer(tunnel, content[:24], whole.proto, flags="MF", id=number + 1)))
    for start in (2, 3):  # what follows an overlap is not taken either
        story.bad(outer(tunnel, content[16:], whole.proto, frag=start,
                        id=number + 1), "fragment-overlap")


def tell_inner_fragments(story, tunnel):
    """Before protection: each piece is a packet of its own, and the router
    is the one that puts them together."""
    inner = echo(tunnel, 112)
    pieces = fragment(inner, 24)
    for number, piece in enumerate(pieces, 112):
        story.good(tunnel, protect(tunnel, piece, number), piece,
                   is_answered=False)
    story.echoes[tunnel.name].append(
        (inner[ICMP].seq, bytes(inner[ICMP].payload)))


def on_the_way(packet, option=b"", tos=None):
    """What routers on the way may do: hops, TOS, the option's bytes."""
    raw = bytearray(bytes(packet))
    raw[8] -= 7
    if tos is not None:
        raw[1] = tos
    raw[20:20 + len(option)] = option
    raw[10:12] = b"\0\0"
    packet = IP(bytes(raw))
    del packet.chksum
    return IP(bytes(packet))


def tell_options(story, tunnel):
    """RFC 2402, appendix A: options that routers write into count as zero,
    the others as they were sent.  ESP covers none of them."""
    route = bytes([7, 11, 4]) + bytes(8)
    written = bytes([7, 11, 12]) + b"\xc0\0\2\7\xc0\0\2\6"
    source_route = bytes([131, 7, 8]) + b"\xc0\0\2\7"
    stamp = bytes([68, 8, 5, 0]) + bytes(4)
    stamped = bytes([68, 8, 9, 0]) + b"\0\1\2\3"
    alert = bytes([148, 4, 0, 0])
    for number, (sent, arrived) in enumerate(
            ((route, written), (source_route, source_route),
             (stamp, stamped), (alert, alert)), 114):
        inner = echo(tunnel, number)
        whole = protect(tunnel, inner, number, options=[
            IPOption(sent)])
        lab.same("option", bytes(whole)[20:20 + len(sent)], sent)
        story.good(tunnel, on_the_way(whole, arrived, tos=0x30), inner)
    if tunnel.protocol is AH:
        whole = protect(tunnel, echo(tunnel, 118), 118, options=[
            IPOption(alert)])
        story.bad(on_the_way(whole, bytes([148, 4, 0, 1])), "bad-icv",
                  tunnel)
        story.bad(on_the_way(whole, bytes([148, 44, 0, 0])), "malformed",
                  tunnel)


def tell_congestion(story, tunnel):
    """A mark goes in where it can be taken up (RFC 6040)."""
    inner = echo(tunnel, 118)
    inner.tos = 0x02
    del inner.chksum
    inner = IP(bytes(inner))
    story.good(tunnel, on_the_way(protect(tunnel, inner, 118), tos=3), inner)
    story.bad(on_the_way(protect(tunnel, echo(tunnel, 119), 119), tos=3),
              "ecn-congested", tunnel)
    story.marked.add(118)


TELLERS = (tell_good, tell_wrong_icv, tell_replayed, tell_truncated,
           tell_wrong_spi, tell_wrong_selector, tell_wrong_content,
           tell_fragments, tell_inner_fragments, tell_options,
           tell_congestion)


def make_story():
    story = Story()
    for tunnel in transforms.TUNNELS:
        for tell in TELLERS:
            tell(story, tunnel)
        last = echo(tunnel, 120)  # after all that it still works
        story.good(tunnel, protect(tunnel, last, 120), last)
    return story


# ---- what came of it ----

def statistics_claim(story, tunnel, row):
    def check():
        expected = story.statistics[tunnel.name]
        lab.same("state", row["state"], "up")
        for name in sorted(set(filter(None, STATISTIC.values())) |
                           set(expected)):
            lab.same(name, row[name], expected[name])
        lab.same("in_decrypt_errors", row["in_decrypt_errors"], 0)
        replies = len(story.echoes[tunnel.name])
        lab.same("out_user_packets", row["out_user_packets"], replies)
        lab.same("out_acc_packets", row["out_acc_packets"], replies)

    return check


def replies_claim(story, tunnel, packets):
    def check():
        replies = [transforms.open_packet(tunnel, packet)
                   for packet in packets]
        for reply in replies:
            lab.same("reply", (reply.src, reply.dst, reply[ICMP].type,
                               reply[ICMP].id),
                     (transforms.INNER, tunnel.inner, 0, tunnel.number))
        lab.same("marked", {reply[ICMP].seq for reply in replies
                            if reply.tos & 3 == 3}, story.marked)
        lab.same("replies", [(reply[ICMP].seq, bytes(reply[ICMP].payload))
                             for reply in replies],
                 story.echoes[tunnel.name])

    return check


def main():
    story = make_story()
    router = lab.Router("router", "0/0 pcap out=none.pcap\n").start()
    router.load(transforms.script(transforms.TUNNELS))
    router.stop()
    transforms.write_capture(router.home / "in.pcap", story.packets)
    router.chassis("0/0 pcap in=in.pcap out=out.pcap\n")
    router.start()
    total = len(story.packets)
    try:
        lab.wait_for("all %d packets" % total, lambda: total <=
                     router.in_packets("fastEthernet 0/0"))
    except lab.Problem as problem:
        lab.fail("the whole input is read", problem)

    lab.claim("each of %d bad packets is counted under its reason" % sum(
        story.drops.values()))(
            lambda: lab.same("drops", router.drops(), dict(story.drops)))
    packets = transforms.read_capture(router.home / "out.pcap")
    for tunnel in transforms.TUNNELS:
        lab.claim("%s: the tunnel's statistics are exact" % tunnel.name)(
            statistics_claim(story, tunnel, router.tunnel(tunnel.name)))
        lab.claim("%s: scapy opens the answers to what it sent" %
                  tunnel.name)(replies_claim(
                      story, tunnel, transforms.of_tunnel(packets, tunnel)))
    router.stop()


lab.tell(main)
