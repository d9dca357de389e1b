#!/usr/bin/python3 -B
"""Hosts behind two gateways talk through every transform, over real networks:
ping, TCP, and UDP in fragments; what is on the wire is what it should be.
"""
import hashlib
import json
import os
import signal
import socket
import threading

import wires
from wires import lab, transforms
from scapy.layers.ipsec import AH

PORT = 7007
MARK = b"ermine was here: "
TCP_BYTES = 60000
UDP_BYTES = 4000  # three fragments on the tun device


# ---- hosts ----

def serve_tcp(listening):
    while True:
        peer, _ = listening.accept()
        text = b""
        while part := peer.recv(65536):
            text += part
        peer.sendall(hashlib.sha256(text).digest())
        peer.close()


def serve_udp(address):
    """Answers come from the address that was asked: a tunnel of its own."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((address, PORT))
    while True:
        text, peer = bound.recvfrom(65536)
        bound.sendto(text[::-1], peer)


def serve():
    """The host of lan2, until somebody ends it."""
    wires.enter("lan2")
    listening = socket.create_server(("", PORT))
    for tunnel in wires.TUNNELS:
        threading.Thread(target=serve_udp, args=(tunnel.address(2),),
                         daemon=True).start()
    serve_tcp(listening)


def tcp(tunnel):
    text = MARK * (TCP_BYTES // len(MARK))
    with socket.create_connection((tunnel.address(2), PORT), lab.WAIT_S,
                                  (tunnel.address(1), 0)) as peer:
        peer.sendall(text)
        peer.shutdown(socket.SHUT_WR)
        return peer.recv(64) == hashlib.sha256(text).digest()


def udp(tunnel):
    text = (MARK * (UDP_BYTES // len(MARK) + 1))[:UDP_BYTES]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((tunnel.address(1), 0))
        own.settimeout(lab.WAIT_S)
        # the kernel's idea of the path would set DF
        own.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, DONT
        own.sendto(text, (tunnel.address(2), PORT))
        return own.recv(65536) == text[::-1]


def talk():
    """The host of lan1, in a process of its own.  What went wrong, by
    transform."""
    wrong = {}
    wires.enter("lan1")
    for tunnel in wires.TUNNELS:
        try:
            failed = [way.__name__ for way in (tcp, udp) if not way(tunnel)]
        except OSError as problem:
            failed = [str(problem)]
        if not wires.pings(tunnel):
            failed.append("ping")
        if not wires.pings(tunnel, size=UDP_BYTES):
            failed.append("ping in fragments")
        if failed:
            wrong[tunnel.name] = failed
    return wrong


def ask_a_child(function):
    """What it returns, from a process of its own."""
    reading, writing = os.pipe()

    def answer_us():
        with os.fdopen(writing, "w") as out:
            json.dump(function(), out)

    child = wires.in_a_child(answer_us)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


# ---- the wire ----

FIELDS = ["frame.protocols", "ip.proto", "ip.dst", "esp.spi", "ah.spi",
          "esp.icv_good", "icmp.type", "tcp.dstport", "udp.length",
          "udp.dstport"]


def sa_options(tunnel):
    """tshark's -o for both SAs of a tunnel."""
    row = tunnel.row
    options = []
    for (source, destination), spi, keys in (
            (("A", "B"), row.spi_out, row.keys_out),
            (("B", "A"), row.spi_in, row.keys_in)):
        options += ["-o", transforms.shark_sa(
            row, wires.WAN[source], wires.WAN[destination], spi, keys)]
    return options


def shark(path):
    options = [word for tunnel in wires.TUNNELS
               if tunnel.row.protocol is not AH
               for word in sa_options(tunnel)]
    text = wires.run(
        "tshark", "-r", str(path), "-o", "esp.enable_encryption_decode:TRUE",
        "-o", "esp.enable_authentication_check:TRUE", *options, "-T",
        "fields", *[word for field in FIELDS for word in ("-e", field)])
    rows = [dict(zip(FIELDS, line.split("\t")))
            for line in text.splitlines() if "eth:" in line]
    return [row for row in rows if ":arp" not in row["frame.protocols"]
            and ":ipv6" not in row["frame.protocols"]]


def of_tunnel(rows, tunnel):
    spis = {"0x%08x" % tunnel.row.spi_in, "0x%08x" % tunnel.row.spi_out}
    return [row for row in rows
            if {row["esp.spi"], row["ah.spi"]} & spis]


def opened_claim(tunnel, rows):
    def check():
        for field, least in (("icmp.type", 12), ("tcp.dstport", 40),
                             ("udp.length", 2)):
            inner = 1 + (tunnel.in_udp and field == "udp.length")
            found = sum(len(row[field].split(",")) >= inner
                        for row in rows if row[field] != "")
            lab.holds(found >= least, "%d packets with %s, of %d" % (
                found, field, len(rows)))
        if tunnel.row.protocol is not AH and tunnel.row.authenticated:
            lab.same("ICVs", {row["esp.icv_good"] for row in rows}, {"1"})

    return check


def udp_claim(rows):
    def check():
        for field, value in (("ip.proto", "17"), ("udp.dstport", "4500")):
            lab.same(field, {row[field].split(",")[0] for row in rows},
                     {value})

    return check


def is_secret(tunnel):
    return tunnel.row.protocol is not AH and tunnel.row.cipher != "NULL"


def clear_claim(path):
    """The mark is in the packets of AH and of ESP without encryption, where
    it must be, and in no others."""

    def check():
        seen = set()
        for packet in transforms.PcapReader(str(path)):
            raw = bytes(packet)
            if MARK in raw:
                at = 34 + {50: 0, 51: 4, 17: 8}.get(raw[23], 0)
                lab.holds(raw[23] in (50, 51, 17), "in protocol %d" % raw[23])
                seen.add(int.from_bytes(raw[at:at + 4], "big"))
        expected = {spi for tunnel in wires.TUNNELS if not is_secret(tunnel)
                    for spi in (tunnel.row.spi_in, tunnel.row.spi_out)}
        # replies of TCP are digests: only UDP has the mark backwards there
        lab.holds(seen <= expected, "SPIs with clear bytes: %s" % [
            hex(spi) for spi in seen - expected])
        lab.same("unencrypted SAs seen", seen & expected,
                 {tunnel.row.spi_out for tunnel in wires.TUNNELS
                  if not is_secret(tunnel)})

    return check


# ---- the story ----

def wire_claims(path):
    rows = shark(path)
    lab.claim("nothing but ESP and AH is on the wire")(
        lambda: lab.same("outer protocols", {
            row["ip.proto"].split(",")[0] for row in rows
            if ":udpencap:esp" not in row["frame.protocols"]}, {"50", "51"}))
    lab.claim("what is encrypted has no clear byte on the wire")(
        clear_claim(path))
    for tunnel in wires.TUNNELS:
        lab.claim("%s: tshark opens and verifies it" % tunnel.name)(
            opened_claim(tunnel, of_tunnel(rows, tunnel)))
        if tunnel.in_udp:
            lab.claim("%s: it is in UDP" % tunnel.name)(
                udp_claim(of_tunnel(rows, tunnel)))


def iperf_claim(tunnel):
    """One stream of TCP, through the offloads of both ends."""
    return lambda: wires.iperf(tunnel.address(1), tunnel.address(2))


def no_drops(routers):
    for name, router in routers.items():
        lab.same("drops of " + name, router.drops(), {})


def privilege(routers):
    """ermined has no capability, its opener the four and no more."""
    for router in routers.values():
        own = router.process.pid
        opener = wires.run("pgrep", "-P", str(own)).strip()
        for pid, expected in ((own, "0" * 16), (opener, "0000000000203400")):
            status = open("/proc/%s/status" % pid).read()
            for line in ("CapPrm", "CapEff", "CapBnd"):
                lab.within(status, "%s:\t%s" % (line, expected))
            lab.within(status, "NoNewPrivs:\t1")
            lab.within(status, "CapInh:\t" + "0" * 16)


def main():
    routers = wires.two_gateways(wires.TUNNELS)
    host = wires.in_a_child(serve)
    path = lab.folder("wire") / "capture"
    capture = wires.start_capture(path)
    wrong = ask_a_child(talk)
    for tunnel in wires.TUNNELS:
        lab.claim("%s: ping, TCP, UDP in fragments" % tunnel.name)(
            lambda: lab.same("failed", wrong.get(tunnel.name, []), []))
    wires.end_capture(capture, path)
    lab.claim("no packet was dropped")(lambda: no_drops(routers))
    lab.claim("privilege is where it belongs")(lambda: privilege(routers))
    wire_claims(path)
    for tunnel in wires.TUNNELS:
        lab.claim("%s: iperf3" % tunnel.name)(iperf_claim(tunnel))
    for router in routers.values():
        router.stop()
    os.kill(host, signal.SIGKILL)
    os.waitpid(host, 0)
    wires.remove_all()
    lab.claim("nothing is left over")(
        lambda: lab.same("left over", wires.left_over(), []))


wires.need_root("gateway")
lab.tell(main)
