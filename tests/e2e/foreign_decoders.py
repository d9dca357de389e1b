#!/usr/bin/python3 -B
"""What the router sends through each of the ten transforms is opened and
verified by two programs that are not ours: scapy and tshark.

The router pings each tunnel's far end.  Nobody answers; what counts is what
the pcap port has written.
"""
import subprocess

from scapy.layers.inet import ICMP, IP, defragment
from scapy.layers.ipsec import AH, ESP, IPSecIntegrityError

import lab
import transforms

WHOLE = (0, 1, 2, 3, 100, 1400)  # bytes of payload: each remainder, and large
CARVED = 3000  # in three fragments, each protected by itself
FRAGMENTS = 3
EACH = len(WHOLE) + FRAGMENTS


def ping_all(router):
    """All pings at once: each waits two seconds for an answer in vain."""
    pings = []
    for tunnel in transforms.TUNNELS:
        for size in WHOLE + (CARVED,):
            pings.append(lab.start(
                [lab.ERMINE, "--socket", router.socket, "-c",
                 "ping %s 1 source address %s data-size %d" % (
                     tunnel.inner, transforms.INNER, size)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True))
    for ping in pings:
        text, _ = ping.communicate(timeout=lab.WAIT_S)
        lab.within(text, "Success rate = 0% (0/1)", "ping")


def inner_packets(tunnel, packets):
    return [transforms.open_packet(tunnel, packet) for packet in packets]


def check_outer(tunnel, packet):
    again = IP(bytes(packet))
    del again.chksum
    lab.same("checksum of the outer header", packet.chksum,
             IP(bytes(again)).chksum)
    lab.same("outer source", packet.src, transforms.OWN)
    lab.same("outer TTL", packet.ttl, 64)
    lab.same("spi", packet[tunnel.protocol].spi, tunnel.spi_out)


def check_sequence(tunnel, packets):
    numbers = [packet[tunnel.protocol].seq for packet in packets]
    lab.same("sequence numbers", numbers,
             list(range(numbers[0], numbers[0] + EACH)))
    if tunnel.iv:
        ivs = {packet[ESP].data[:tunnel.iv] for packet in packets}
        lab.same("different IVs", len(ivs), EACH)


def check_echo(tunnel, inner):
    """An echo request whose checksum is right and whose bytes count up."""
    echo = inner[ICMP]
    again = ICMP(bytes(echo))
    del again.chksum
    lab.same("ICMP checksum", echo.chksum, ICMP(bytes(again)).chksum)
    lab.same("ICMP type", echo.type, 8)
    lab.same("addresses", (inner.src, inner.dst),
             (transforms.INNER, tunnel.inner))
    payload = bytes(echo.payload)
    lab.same("payload", payload,
             bytes(i & 0xFF for i in range(len(payload))))
    return len(payload)


def scapy_claim(tunnel, packets):
    def check():
        lab.same("packets", len(packets), EACH)
        for packet in packets:
            check_outer(tunnel, packet)
        check_sequence(tunnel, packets)
        whole = list(defragment(inner_packets(tunnel, packets)))
        sizes = sorted(check_echo(tunnel, IP(bytes(inner)))
                       for inner in whole)
        lab.same("payloads", sizes, sorted(WHOLE + (CARVED,)))

    return check


def refusal_claim(tunnel, packets):
    """The other decoder really looks: a bit changed anywhere is noticed."""

    def check():
        raw = bytearray(bytes(packets[0]))
        for at in range(20, len(raw)):
            changed = bytearray(raw)
            changed[at] ^= 0x40
            try:
                transforms.open_packet(tunnel, IP(bytes(changed)))
            except (IPSecIntegrityError, TypeError):
                continue  # ICV; SPI
            raise lab.Problem("byte %d may be anything" % at)

    return check


def shark(path, tunnels):
    """Rows of (outer and inner destination, ICV good, pad, next header, ICMP
    type, checksum status) as tshark sees them, by outer destination."""
    options = [word for tunnel in tunnels for word in tunnel.shark_options()]
    fields = ["ip.dst", "esp.icv_good", "esp.icv_bad", "esp.pad",
              "esp.protocol", "icmp.type", "icmp.checksum.status"]
    run = subprocess.run(
        ["tshark", "-r", str(path), "-o", "esp.enable_encryption_decode:TRUE",
         "-o", "esp.enable_authentication_check:TRUE", *options,
         "-T", "fields",
         *[word for field in fields for word in ("-e", field)]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lab.holds(run.returncode == 0, "tshark failed: " + run.stderr)
    rows = {}
    for line in run.stdout.splitlines():
        row = dict(zip(fields, line.split("\t")))
        rows.setdefault(row["ip.dst"].split(",")[0], []).append(row)
    return rows


def shark_claim(tunnel, rows):
    def check():
        lab.same("packets", len(rows), EACH)
        for row in rows:
            lab.same("addresses", row["ip.dst"],
                     "%s,%s" % (tunnel.peer, tunnel.inner))
            lab.same("next header", row["esp.protocol"], "0x04")
            count = len(row["esp.pad"]) // 2
            lab.same("padding", row["esp.pad"],
                     bytes(range(1, count + 1)).hex())
            if tunnel.authenticated:
                lab.same("ICV good and bad",
                         (row["esp.icv_good"], row["esp.icv_bad"]),
                         ("1", "0"))
        # fragments: tshark puts them together at the last one
        echoes = [row for row in rows if row["icmp.type"] == "8"
                  and row["icmp.checksum.status"] == "1"]
        lab.holds(len(echoes) >= len(WHOLE) + 1,
                  "%d echo requests with a good checksum" % len(echoes))

    return check


def wrong_key_claim(path, tunnel):
    """tshark, too, really looks."""

    def check():
        keys = tunnel.keys_out
        tunnel.keys_out = tunnel.keys_in
        rows = shark(path, [tunnel])[tunnel.peer]
        tunnel.keys_out = keys
        lab.same("packets", len(rows), EACH)
        verdicts = {row["esp.icv_good"] for row in rows}
        # "": what it decrypted was such that it gave up before the ICV
        lab.holds("0" in verdicts and verdicts <= {"0", ""},
                  "ICVs found good: %r" % verdicts)

    return check


def counters_claim(router, tunnel, packets):
    def check():
        row = router.tunnel(tunnel.name)
        lab.same("state", row["state"], "up")
        lab.same("out_acc_packets", row["out_acc_packets"], EACH)
        lab.same("out_user_packets", row["out_user_packets"], EACH)
        lab.same("out_acc_octets", row["out_acc_octets"],
                 sum(packet.len for packet in packets))
        lab.same("out_user_octets", row["out_user_octets"],
                 sum(inner.len for inner in inner_packets(tunnel, packets)))

    return check


def main():
    router = lab.Router("router", "0/0 pcap out=out.pcap\n").start()
    router.load(transforms.script(transforms.TUNNELS))
    ping_all(router)
    path = router.home / "out.pcap"
    packets = transforms.read_capture(path)
    lab.claim("nothing but protected packets leaves the router")(
        lambda: lab.same("protocols", {p.proto for p in packets}, {50, 51}))

    esp = [t for t in transforms.TUNNELS if t.protocol is not AH]
    rows = shark(path, esp)
    for tunnel in transforms.TUNNELS:
        own = transforms.of_tunnel(packets, tunnel)
        name = tunnel.name
        lab.claim("%s: scapy verifies and opens all" % name)(
            scapy_claim(tunnel, own))
        lab.claim("%s: counters are exact" % name)(
            counters_claim(router, tunnel, own))
        if tunnel in esp:
            lab.claim("%s: tshark verifies and opens all" % name)(
                shark_claim(tunnel, rows.get(tunnel.peer, [])))
        if tunnel.authenticated and own:
            lab.claim("%s: scapy notices each changed byte" % name)(
                refusal_claim(tunnel, own))
    lab.claim("tshark notices a wrong key")(
        wrong_key_claim(path, transforms.by_name("esp-3des-hmac-sha")))
    router.stop()


lab.tell(main)
