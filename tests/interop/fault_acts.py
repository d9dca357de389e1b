"""What is done in each fault, on a network that is up (fault_net.py)."""
import re
import subprocess
import sys
import time

import lab

PSK = "peer-fixture-psk-2f9c71d4"


def plain(net):
    """The router begins; then a host sends."""
    net.load()
    net.ping()


def when_up(net):
    net.load()
    net.wait_up()
    net.ping()


BOTH = ("to-router", "to-peer1")


def rules(*those):
    """When the network has these rules: before the first message."""
    def do(net):
        net.nft(*those)
        plain(net)
    return do


def rules_later(*those):
    def do(net):
        when_up(net)
        net.nft(*those)
        net.ping()
    return do


def both(*texts):
    return [(port, text) for text in texts for port in BOTH]


def watch(seconds):
    """Up, and time goes by."""
    def do(net):
        when_up(net)
        time.sleep(seconds)
        net.ping()
    return do


def from_two(net):
    """A second host of the router's network, above .128."""
    when_up(net)
    net.run("ROUTER_LAN", "ip", "address", "add", "192.168.10.200/24", "dev",
            "eth0", fails=False)
    net.ping()
    net.ping("-I", "192.168.10.200")


def nat(net):
    """A NAT shows the router as 203.0.113.77, by other ports."""
    mac = re.search(r"link/ether (\S+)", net.run(
        "ROUTER", "ip", "link", "show", "dev", "wan0")).group(1)
    net.run("PEER1", "ip", "neigh", "replace", "203.0.113.77", "lladdr", mac,
            "nud", "permanent", "dev", "wan0", fails=False)
    net.nft(*[rule for port, other in ((500, 14499), (4500, 14500))
              for rule in (
                  ("to-router", "ip saddr 203.0.113.1 udp sport %d ip saddr "
                   "set 203.0.113.77 udp sport set %d" % (port, other)),
                  ("to-peer1", "ip daddr 203.0.113.77 udp dport %d ip daddr "
                   "set 203.0.113.1 udp dport set %d" % (other, port)))])
    plain(net)


def cut_off(net):
    net.peer("cut", "primary")
    plain(net)


def no_way_back(net):
    when_up(net)
    net.run("PEER1_LAN", "ip", "route", "del", "default", fails=False)
    net.ping()


def filter_behind(verdict):
    """The peer's own, for what comes out of the tunnel."""
    def do(net):
        when_up(net)
        for line in ("add table ip f", "add chain ip f c { type filter hook "
                     "forward priority 0; }",
                     'add rule ip f c iifname "ipsec0" ' + verdict):
            net.run("PEER1", "nft", line, fails=False)
        net.ping()
    return do


def second_tunnel(there, length):
    """To peer2, inside the first one's network."""
    def do(net):
        net.load()
        net.type("ipsec key manual pre-share 203.0.113.12", " key " + PSK,
                 "interface tunnel ipsec:second",
                 " ip address 10.255.0.5 255.255.255.252",
                 " tunnel transform-set t",
                 " tunnel local-identity subnet 192.168.10.0 255.255.255.0",
                 " tunnel peer-identity subnet %s %s" % (there, length),
                 " tunnel source 203.0.113.1",
                 " tunnel destination 203.0.113.12",
                 "ip route %s %s tunnel ipsec:second" % (there, length))
        net.wait_up("peer")
        net.wait_up("second")
        net.run("PEER2_LAN", "ip", "link", "set", "eth0", "down")
        net.ping()
    return do


def typed(*lines):
    def do(net):
        when_up(net)
        net.type(*lines)
        net.ping()
    return do


def stopped(net):
    net.peer("stop", "peer1")
    plain(net)


def host_down(net):
    when_up(net)
    net.run("PEER1_LAN", "ip", "link", "set", "eth0", "down", fails=False)
    net.ping()


# ---- two routers ----

KEYS = ("%048x %040x" % (0x0123456789abcdef0123456789abcdef0123456789abcdef,
                         0x00112233445566778899aabbccddeeff00112233),
        "%048x %040x" % (0xfedcba9876543210fedcba98765432100011223344556677,
                         0xffeeddccbbaa99887766554433221100ffeeddcc))
MANUAL_TRANSFORM = "esp-3des-hmac-sha"


def manual_script(here, keys_in, keys_out, spi_in, spi_out,
                  transform=MANUAL_TRANSFORM):
    own, peer = ("203.0.113.1", "203.0.113.11")[::1 if here == 1 else -1]
    mine, theirs = (10, 20) if here == 1 else (20, 10)
    return """configure terminal
interface fastEthernet 0/0
 ip address %s 255.255.255.0
interface gigabitEthernet 1/0
 ip address 10.99.0.1 255.255.255.252
ip route 192.168.%d.0 255.255.255.0 gigabitEthernet 1/0
ipsec transform-set t %s
interface tunnel ipsec:peer
 ip address 10.255.0.%d 255.255.255.252
 tunnel signaling manual
 tunnel transform-set t
 tunnel source %s
 tunnel destination %s
 tunnel local-identity subnet 192.168.%d.0 255.255.255.0
 tunnel peer-identity subnet 192.168.%d.0 255.255.255.0
 tunnel session-key-inbound %s %#x %s
 tunnel session-key-outbound %s %#x %s
ip route 192.168.%d.0 255.255.255.0 tunnel ipsec:peer
""" % (own, mine, transform, here, own, peer, mine, theirs, transform,
       spi_in, keys_in, transform, spi_out, keys_out, theirs)


def two_routers(ours, theirs):
    """Manual tunnels; each is (keys in, keys out, SPI in, SPI out)."""
    def do(net):
        net.peer("stop", "peer1")
        space = net.names["PEER_NS_PEER1"]
        other = lab.Router("other-" + net.instance, (
            "0/0 host netns=%s\n1/0 tun netns=%s device=ermine0 mtu=1400 "
            "host-routes=192.168.10.0/24\n" % (space, space))).start()
        net.others.append(other)
        net.router.load(manual_script(1, *ours))
        other.load(manual_script(2, *theirs))
        net.ping()
        net.run("PEER1_LAN", "ping", "-c", "5", "-i", "0.3", "-W", "1",
                "192.168.10.2")
    return do


def wrong_digit(keys):
    return keys[:-1] + ("0" if keys[-1] != "0" else "1")


def other_digit(keys, at):
    return keys[:at] + ("0" if keys[at] != "0" else "2") + keys[at + 1:]


# ---- state ----

def phase2_lost(net):
    """The peer's DELETE of its phase 2 SA never arrives."""
    when_up(net)
    net.nft(("to-peer1", "ip daddr 203.0.113.1 drop"))
    net.peer("exec", "swanctl", "--terminate", "--child", "net", fails=True)
    time.sleep(2)
    net.heal()
    net.ping()


def outage(net):
    when_up(net)
    time.sleep(8)
    net.peer("cut", "primary")
    time.sleep(20)
    net.peer("heal", "primary")
    net.ping()


def reboot(net):
    """Traffic goes on, until DPD has noticed."""
    when_up(net)
    net.peer("crash", "peer1")
    net.peer("start", "peer1")
    end = time.monotonic() + 150
    while time.monotonic() < end and "peer-restarted" not in net.ask(
            "show ipsec tunnel peer why"):
        net.ping()


def restarted(net):
    when_up(net)
    net.peer("crash", "peer1")
    net.peer("start", "peer1")
    net.ping()


# ---- resources ----

FLOOD = r"""
import os, socket, struct, sys
sources = ["203.0.113.%d" % n for n in range(101, 101 + int(sys.argv[1]))]
attributes = bytes.fromhex("80010005800200028003000180040002800b0001800c7080")
transform = struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0)
transform += attributes
proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1)
body = struct.pack(">BBHII", 0, 0, 12 + len(proposal) + len(transform), 1, 1)
body += proposal + transform
for i in range(1000000):
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((sources[i % len(sources)], 500))
    own.sendto(os.urandom(8) + bytes(8) + struct.pack(
        ">BBBBII", 1, 0x10, 2, 0, 0, 28 + len(body)) + body,
        ("203.0.113.1", 500))
    own.close()
"""


def flood(sources):
    """From addresses that are peers' (they have keys): others are refused by
    the first message, and take no place.  What is not answered for a second
    gives way, so that it goes on until the peer was shut out."""
    def do(net):
        for n in range(sources):
            net.run("WAN", "ip", "address", "add", "203.0.113.%d/24" % (
                101 + n), "dev", "br0")
        net.load()
        net.type(*[line for n in range(sources) for line in (
            "ipsec key manual pre-share 203.0.113.%d" % (101 + n),
            " key k%d" % n)])
        net.wait_up()
        strangers = net.start("WAN", sys.executable, "-c", FLOOD, str(sources))

        def is_shut_out():
            # the peer begins phase 1 anew, and gets no answer
            net.peer("exec", "swanctl", "--rekey", "--ike", "site", fails=True)
            return "half-open" in net.ask("show ipsec tunnel peer why")

        try:
            lab.wait_for("the peer to be shut out", is_shut_out)
        finally:
            strangers.kill()
            strangers.wait()
    return do


# ---- certificates ----

def own_certificate(net):
    """Of the files that belong to another scenario: this one has none."""
    files = net.home / "own"
    files.mkdir()
    for words in (
            ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
             "/CN=Own CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", "ca.key", "-out", "ca.crt"),
            ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj",
             "/CN=router.example.test", "-keyout", "router.key", "-out",
             "router.csr"),
            ("x509", "-req", "-in", "router.csr", "-CA", "ca.crt", "-CAkey",
             "ca.key", "-CAcreateserial", "-out", "router.crt")):
        subprocess.run(["openssl", *words], cwd=files, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    net.names["PEER_PKI"] = str(files)
    plain(net)
