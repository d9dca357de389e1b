#!/usr/bin/python3 -B
"""What `capture` writes is read by tshark: both sides of a tunnel as two
interfaces, each packet with its direction, what is encrypted as the port
sent it.
"""
import subprocess

import lab
import transforms

FIELDS = ["frame.interface_name", "frame.p2p_dir", "ip.src", "ip.dst",
          "ip.proto", "frame.len", "frame.packet_flags_direction"]
PINGS = 3


def read(path):
    run = subprocess.run(
        ["tshark", "-r", str(path), "-T", "fields",
         *[word for field in FIELDS for word in ("-e", field)]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lab.holds(run.returncode == 0, "tshark failed: " + run.stderr)
    return [dict(zip(FIELDS, line.split("\t")))
            for line in run.stdout.splitlines()]


def ping(router, tunnel):
    router.ask("ping %s %d source address %s" % (
        tunnel.inner, PINGS, transforms.INNER))


def done(router):
    row = router.rows("show capture")[0]
    return row if row["state"] == "done" else None


def capture(router, line, work):
    router.ask("enable", line)
    work()
    router.ask("enable", "clear capture")
    return lab.wait_for("the capture's end", lambda: done(router))


def both_sides_claim(router, tunnel):
    def check():
        row = capture(router, "capture tunnel %s file both" % tunnel.name,
                      lambda: ping(router, tunnel))
        path = router.state / row["file"]
        lab.same("packets", row["packets"], 2 * PINGS)
        lab.same("size", row["octets"], path.stat().st_size)
        lab.same("mode", path.stat().st_mode & 0o777, 0o600)
        packets = read(path)
        lab.same("sides", [p["frame.interface_name"] for p in packets],
                 ["ipsec:%s clear" % tunnel.name,
                  "ipsec:%s encrypted" % tunnel.name] * PINGS)
        lab.same("clear ones", {(p["ip.dst"], p["ip.proto"])
                                for p in packets[::2]},
                 {(tunnel.inner, "1")})
        lab.same("encrypted ones", {(p["ip.dst"], p["ip.proto"])
                                    for p in packets[1::2]},
                 {(tunnel.peer, "50")})
        lab.same("directions", {p["frame.packet_flags_direction"]
                                for p in packets}, {"0x00000002"})

    return check


def filter_claim(router, tunnel):
    def check():
        row = capture(
            router, "capture tunnel %s encrypted file one count 1" %
            tunnel.name, lambda: ping(router, tunnel))
        packets = read(router.state / row["file"])
        lab.same("protocols", [p["ip.proto"] for p in packets], ["50"])
        row = capture(router, "capture clear file none protocol udp",
                      lambda: ping(router, tunnel))
        lab.same("packets", read(router.state / row["file"]), [])

    return check


def wire_claim(router, tunnel):
    """At the port there is what the port's own file has."""

    def check():
        before = len(transforms.read_capture(router.home / "out.pcap"))
        row = capture(router, "capture interface fastEthernet 0/0 file wire",
                      lambda: ping(router, tunnel))
        wire = transforms.read_capture(router.home / "out.pcap")[before:]
        packets = read(router.state / row["file"])
        lab.same("lengths", [int(p["frame.len"]) for p in packets],
                 [len(packet) for packet in wire])
        lab.same("sides", {p["frame.interface_name"] for p in packets},
                 {"fastEthernet0/0 encrypted"})

    return check


def names_claim(router):
    def check():
        for name in ("../x", "a/b", ".hidden", "-/"):
            run = router.shell("-c", "enable", "-c", "capture file " + name)
            lab.same("status of " + name, run.returncode, lab.REFUSED)
            lab.within(run.stderr, "letters, digits")
        outside = router.home / "outside"
        outside.write_text("mine")
        (router.state / "captures" / "link").symlink_to(outside)
        run = router.shell("-c", "enable", "-c", "capture file link")
        lab.same("status of a link", run.returncode, lab.REFUSED)
        lab.same("what the link leads to", outside.read_text(), "mine")

    return check


def monitor_claim(router, tunnel):
    """While packets flow a line says so; one line for each sample."""

    def check():
        monitor = lab.start(
            [lab.ERMINE, "--socket", router.socket, "-c",
             "monitor tunnel %s count 3" % tunnel.name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        while monitor.poll() is None:
            router.ask("ping %s 1 source address %s" % (
                tunnel.inner, transforms.INNER))
        lines = monitor.stdout.read().splitlines()
        lab.same("lines", len(lines), 3)
        lab.holds(any(int(line.split("out")[1].split()[0]) > 0
                      for line in lines), "no packets in %r" % lines)

    return check


def audit_claim(router):
    def check():
        texts = [row["text"] for row in router.rows("show audit")]
        lab.holds(any(text.startswith("capture ") for text in texts),
                  "no capture in %r" % texts)

    return check


def main():
    tunnel = transforms.by_name("esp-3des-hmac-sha")
    router = lab.Router("router", "0/0 pcap out=out.pcap\n").start()
    router.load(transforms.script([tunnel]))
    lab.claim("both sides of a tunnel are two interfaces")(
        both_sides_claim(router, tunnel))
    lab.claim("side, count and protocol choose")(filter_claim(router, tunnel))
    lab.claim("a port's capture is what the port sent")(
        wire_claim(router, tunnel))
    lab.claim("a file is in the folder captures and nowhere else")(
        names_claim(router))
    lab.claim("monitor tells the rate of what flows")(
        monitor_claim(router, tunnel))
    lab.claim("the audit log has it")(audit_claim(router))
    router.stop()


lab.tell(main)
