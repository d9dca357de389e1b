#!/usr/bin/python3 -B
"""Hosts behind two gateways talk through a GRE tunnel in transport mode: ESP
with and without a separate ICV, and AH, between 192.0.2.1 and 192.0.2.2.
"""
import wires
from wires import lab, transforms
from scapy.layers.ipsec import AH

NAMES = ("esp-aes128-hmac-sha256", "esp-3des-hmac-sha", "esp-aes128-gcm",
         "ah-hmac-sha")
HOSTS = ("10.1.0.10", "10.2.0.10")
MARK = "6572 6d69 6e65 2067 7265".replace(" ", "")  # ermine gre
SLOWLY = ("-t", "1", "-b", "1M")  # tcpdump is quick enough for it
PING_BYTES = 4000  # three fragments on the tun device
FIELDS = ["frame.protocols", "ip.proto", "esp.icv_good", "gre.proto",
          "icmp.type", "tcp.dstport"]

TUNNEL = """
interface tunnel gre:branch
 ip address 172.16.1.{here} 255.255.255.252
 tunnel source {own}
 tunnel destination {peer}
 exit
ip route 10.{there}.0.0 255.255.0.0 tunnel gre:branch
"""

PROFILE = """configure terminal
no ipsec transport profile wan
ipsec transport profile wan
 application gre
 transform {t}
 local ip address {own}
 remote ip address {peer}
 session-key-inbound {t} {spi_in:#x} {keys_in}
 session-key-outbound {t} {spi_out:#x} {keys_out}
"""


def tunnel_script(name):
    here, there = (1, 2) if name == "A" else (2, 1)
    return wires.base_script(name) + TUNNEL.format(
        here=here, there=there, own=wires.WAN[name],
        peer=wires.WAN["B" if name == "A" else "A"])


def profile_script(name, row):
    """What is outbound at A is inbound at B."""
    ends = [(row.spi_in, row.keys_in), (row.spi_out, row.keys_out)]
    inbound, outbound = ends if name == "A" else ends[::-1]
    return PROFILE.format(
        t=row.transform, own=wires.WAN[name],
        peer=wires.WAN["B" if name == "A" else "A"],
        spi_in=inbound[0], keys_in=row.typed(inbound[1]),
        spi_out=outbound[0], keys_out=row.typed(outbound[1]))


# ---- what hosts do ----

def pings(size):
    text = wires.run(*wires.inside(
        "lan1", "ping", "-q", "-c", "3", "-l", "3", "-i", str(lab.WAIT_S),
        "-W", str(lab.WAIT_S), "-s", str(size), "-p", MARK, "-I", *HOSTS))
    lab.within(text, " 0% packet loss")


def talk(routers):
    pings(56)
    pings(PING_BYTES)
    wires.iperf(*HOSTS, *SLOWLY, least=10000)
    for name, router in routers.items():
        drops = router.drops()
        # the host's own word about the address that ended the last capture
        drops.pop("icmp-unknown", None)
        lab.same("drops of " + name, drops, {})
        modes = [row["mode"] for row in router.rows("show ipsec sa")]
        lab.same("SAs of " + name, modes, ["transport", "transport"])


# ---- what is on the wire ----

def shark(path, row):
    options = []
    for source, destination, spi, keys in (
            ("A", "B", row.spi_out, row.keys_out),
            ("B", "A", row.spi_in, row.keys_in)):
        if row.protocol is not AH:
            options += ["-o", transforms.shark_sa(
                row, wires.WAN[source], wires.WAN[destination], spi, keys)]
    text = wires.run(
        "tshark", "-r", str(path), "-o", "esp.enable_encryption_decode:TRUE",
        "-o", "esp.enable_authentication_check:TRUE", *options, "-Y",
        "ip and not ipv6", "-T", "fields",
        *[word for field in FIELDS for word in ("-e", field)])
    return [dict(zip(FIELDS, line.split("\t")))
            for line in text.splitlines() if "eth:" in line]


def opened(rows, row):
    """All frames are of the SAs, and each is GRE inside; the first header in
    clear is the outer one, which names them."""
    outer = "51" if row.protocol is AH else "50"
    lab.same("outer protocols", {
        frame["ip.proto"].split(",")[0] for frame in rows}, {outer})
    lab.same("what is inside", {frame["gre.proto"] for frame in rows},
             {"0x0800"})
    if row.protocol is not AH:
        lab.same("ICVs", {frame["esp.icv_good"] for frame in rows}, {"1"})
    for field, least in (("icmp.type", 12), ("tcp.dstport", 40)):
        found = sum(frame[field] != "" for frame in rows)
        lab.holds(found >= least, "%d packets with %s, of %d" % (
            found, field, len(rows)))


def is_clear(path):
    return bytes.fromhex(MARK) in path.read_bytes()


def main():
    wires.build()
    routers = {name: wires.router(name) for name in "AB"}
    for name in "AB":
        routers[name].load(tunnel_script(name))
    for name in "AB":
        lab.wait_for("the ports of %s to be up" % name,
                     lambda name=name: wires.ports_up(routers[name]))
    folder = lab.folder("wire")
    for name in NAMES:
        row = transforms.by_name(name)
        for end in "AB":
            script = profile_script(end, row)
            if name == NAMES[0]:
                script = script.replace("no ipsec transport profile wan\n", "")
            routers[end].load(script)
        path = folder / name
        capture = wires.start_capture(path)
        lab.claim("%s: ping, fragments, TCP" % name)(
            lambda: talk(routers))
        wires.end_capture(capture, path)
        lab.claim("%s: iperf3 at full speed" % name)(
            lambda: wires.iperf(*HOSTS))
        lab.claim("%s: tshark opens all that is on the wire" % name)(
            lambda: opened(shark(path, row), row))
        lab.claim("%s: clear bytes where they belong" % name)(
            lambda: lab.same("clear bytes", is_clear(path),
                             row.protocol is AH))
    for router in routers.values():
        router.stop()
    wires.remove_all()
    lab.claim("nothing is left over")(
        lambda: lab.same("left over", wires.left_over(), []))


wires.need_root("gre")
lab.tell(main)
