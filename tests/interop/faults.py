#!/usr/bin/python3 -B
"""Faults of the field, injected one by one; does the router say what is wrong?

    faults.py                       two of them
    faults.py all | NAME...         the faults of the table below
    faults.py variants all|NAME...  the same kinds with other values
    faults.py --write FILE all      and the texts and verdicts as a page

What counts is what the router says by itself: its log at the default level,
`show ipsec tunnel NAME why` and `test ipsec tunnel NAME`.  For each fault the
table says which cause must be found, which words and values must be in it and
in what is to be changed; a cause that is said to be sure and is another one
makes the answer wrong, whatever else was said.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import lab  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PSK = "peer-fixture-psk-2f9c71d4"
UP_S = 60
SIDE_BY_SIDE = 3
TWO = ("p1-encryption", "st-phase2-lost")
TEST_S = 240

# What may be said beside the answer: it is true of many faults.
SYMPTOMS = {"nothing-back", "in-order", "no-answer", "silence", "refused",
            "proposal-refused", "dead-peer", "authentication", "unknown",
            "waiting"}


# ---- the network ----

class Net:
    """One instance of the peers' network, with a router in it."""

    def __init__(self, name, fault):
        self.fault = fault
        self.instance = "f%d%s" % (os.getpid() % 1000,
                                   re.sub("[^a-z0-9]", "", name)[-4:])
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
        self.peers = self.home / "strongswan"
        shutil.copytree(HERE / "strongswan", self.peers)
        for path, old, new in fault.get("edit", ()):
            self.edit(path, old, new)
        self.environment = dict(os.environ, PEER_INSTANCE=self.instance)
        self.others = []

    def edit(self, path, old, new):
        path = self.peers / "scenarios" / self.fault["scenario"] / path
        text = path.read_text()
        lab.holds(old in text, "no %r in %s" % (old, path))
        path.write_text(text.replace(old, new))

    def peer(self, *words, fails=False):
        run = subprocess.run([self.peers / "peer.sh", *words], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=self.environment, timeout=120)
        if run.returncode != 0 and not fails:
            raise lab.Problem("peer.sh %s: %s" % (" ".join(words), run.stdout))
        return run.stdout

    def up(self):
        self.peer("up", self.fault["scenario"])
        self.names = {}
        for line in self.peer("env").splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            self.names[key] = value.strip("'\"")
        space = self.names["PEER_NS_ROUTER"]
        self.router = lab.Router("router-" + self.instance, (
            "0/0 host netns=%s\n1/0 tun netns=%s device=ermine0 mtu=1400 "
            "host-routes=192.168.20.0/24\n" % (space, space))).start()

    def down(self):
        for other in self.others:
            other.stop()
        if hasattr(self, "router"):
            self.router.stop()
        self.peer("down", fails=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, space, *words, fails=True):
        run = subprocess.run(
            ["ip", "netns", "exec", self.names["PEER_NS_" + space], *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=120)
        if run.returncode != 0 and not fails:
            raise lab.Problem("%s: %s" % (" ".join(words), run.stdout))
        return run.stdout

    def nft(self, *rules):
        """Rules on the ports of the bridge: ("to-peer1", "udp sport 500 drop")
        for what comes from the peer, "to-router" for the router."""
        lines = ["add table netdev f"]
        for port in sorted({port for port, _ in rules}):
            chain = port.replace("-", "")
            lines.append('add chain netdev f %s { type filter hook ingress '
                         'device "%s" priority 0; }' % (chain, port))
        for port, rule in rules:
            lines.append("add rule netdev f %s %s" % (port.replace("-", ""),
                                                      rule))
        for line in lines:
            self.run("WAN", "nft", line, fails=False)

    def heal(self):
        self.run("WAN", "nft", "delete table netdev f", fails=False)

    def ping(self, *words, target="192.168.20.2", space="ROUTER_LAN"):
        return self.run(space, "ping", "-c", "5", "-i", "0.3", "-W", "1",
                        *words, target)

    # ---- the router ----

    def load(self):
        """Certificates first: with them the tunnel can begin."""
        for name in self.fault.get("pki", ()):
            self.router.ask("ipsec certificate import pem %s/%s" % (
                self.names["PEER_PKI"], name))
        self.router.load(script(self.fault))

    def type(self, *lines):
        self.router.load("\n".join(["configure terminal", *lines]) + "\n")

    def is_up(self, name="peer"):
        return self.router.tunnel(name)["state"] == "up"

    def wait_up(self, name="peer"):
        self.wait(UP_S, "tunnel " + name, lambda: self.is_up(name))

    @staticmethod
    def wait(seconds, what, condition):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise lab.Problem("waited %d s for %s" % (seconds, what))
            time.sleep(0.2)

    def ask(self, command):
        run = subprocess.run(
            [lab.ERMINE, "--socket", str(self.router.socket), "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=TEST_S)
        return run.stdout

    def rows(self, command):
        answer = json.loads(self.ask(command + " | display json"))
        return next(value for key, value in answer.items() if key != "format")


BASE = {"scenario": "psk-main", "encryption": "3des", "hash": "sha",
        "group": "2", "transform": "esp-3des-hmac-sha", "pfs": None,
        "identity": None, "destination": "203.0.113.11", "key": PSK,
        "key_for": "203.0.113.11", "here": "192.168.10.0 255.255.255.0",
        "there": "192.168.20.0 255.255.255.0", "first": (), "options": (),
        "after_key": (), "method": "pre-share", "tunnel_lines": ()}


def script(fault):
    values = dict(BASE, **fault)
    lines = [
        "configure terminal", *values["first"],
        "interface fastEthernet 0/0",
        " ip address 203.0.113.1 255.255.255.0",
        "interface gigabitEthernet 1/0",
        " ip address 10.99.0.1 255.255.255.252",
        "ip route 192.168.10.0 255.255.255.0 gigabitEthernet 1/0",
        "ipsec transform-set t " + values["transform"],
        "ipsec ike-policy-rule 1", " encryption " + values["encryption"],
        " hash " + values["hash"], " group " + values["group"]]
    if values["method"] != "pre-share":
        lines.append(" authentication " + values["method"])
    if values["identity"] is not None:
        lines.append(" aggressive-mode required")
        lines.insert(1, "ipsec local-endpoint 203.0.113.1")
    lines += values["options"]
    if values["method"] == "pre-share":
        lines += ["ipsec key manual pre-share " + values["key_for"],
                  " key " + values["key"], *values["after_key"]]
    lines += ["interface tunnel ipsec:peer",
              " ip address 10.255.0.1 255.255.255.252",
              " tunnel transform-set t",
              " tunnel local-identity subnet " + values["here"],
              " tunnel peer-identity subnet " + values["there"],
              " tunnel source " + ("203.0.113.1"
                                   if values["identity"] is None else
                                   "identity " + values["identity"]),
              " tunnel destination " + values["destination"],
              *values["tunnel_lines"]]
    if values["pfs"] is not None:
        lines.append(" tunnel pfs group " + values["pfs"])
    lines.append("ip route 192.168.20.0 255.255.255.0 tunnel ipsec:peer")
    return "\n".join(lines) + "\n"


# ---- what is done in each ----

def plain(net):
    """The router begins; then a host sends."""
    net.load()
    net.ping()


def when_up(net):
    net.load()
    net.wait_up()
    net.ping()


PEER1 = "peer1.conf"
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


def filter_behind(net):
    when_up(net)
    for line in ("add table ip f",
                 "add chain ip f c { type filter hook forward priority 0; }",
                 'add rule ip f c iifname "ipsec0" reject with icmp type '
                 'admin-prohibited'):
        net.run("PEER1", "nft", line, fails=False)
    net.ping()


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
        for word in ("PEER2_LAN",):
            net.run(word, "ip", "link", "set", "eth0", "down")
        net.ping()
    return do


def shut(line):
    def do(net):
        when_up(net)
        net.type("interface tunnel ipsec:peer", " " + line)
        net.ping()
    return do

# cause: words of the schema, any of them; says, fix: what must be in the
# sentence with both ends' values, and in what is to be changed; also: causes
# that may be said beside it.
FAULTS = {
    "p1-encryption": {
        "wrong": "The peer's IKE proposal is AES-256 only, 3DES was agreed",
        "edit": [(PEER1, "3des-sha1-modp1024", "aes256-sha1-modp1024")],
        "do": plain, "cause": "proposal-encryption",
        "says": ["3des", "aes256"],
        "fix": ["Peer", "3des", "Here", "encryption aes256"]},
    "p1-auth-method": {
        "wrong": "The peer wants RSA signatures, the router has a preshared key",
        "scenario": "rsa-main", "do": plain, "cause": "proposal-authentication",
        "says": ["pre-share", "rsa-sig", "203.0.113.1"],
        "fix": ["Peer", "pre-share", "Here", "rsa-sig"],
        "also": ["peer-has-no-key"]},
    "p2-transform": {
        "wrong": "The peer's ESP transform is AES-256 with SHA-256, 3DES with SHA-1 was agreed",
        "scenario": "no-proposal-esp", "do": plain, "cause": "transform",
        "says": ["esp-3des-hmac-sha", "aes256-hmac-sha256"],
        "fix": ["Peer", "esp-3des-hmac-sha", "Here", "aes256-hmac-sha256"]},
    "p2-pfs-missing": {
        "wrong": "The peer demands PFS group 2, the router proposes none",
        "scenario": "psk-main-pfs2", "do": plain, "cause": "pfs",
        "says": ["perfect forward secrecy", "group 2"],
        "fix": ["Here", "tunnel pfs group 2"]},
    "p2-subnet": {
        "wrong": "The peer protects 192.168.99.0/24, the router asks for 192.168.20.0/24",
        "scenario": "wrong-subnet", "do": plain, "cause": "selector",
        "says": ["192.168.20.0/24", "192.168.99.0/24"],
        "fix": ["Peer", "local network", "192.168.20.0/24"]},
    "id-psk": {
        "wrong": "The peer holds another preshared key",
        "scenario": "psk-wrong-key", "do": plain, "cause": "wrong-key",
        "says": ["preshared keys", "differ"],
        "fix": ["Peer", "preshared key anew"]},
    "id-type": {
        "wrong": "The router identifies itself as user@FQDN, the FQDN was agreed",
        "scenario": "psk-aggressive-fqdn",
        "identity": "router@router.example.test",
        "do": plain, "cause": "identity-unknown",
        "says": ["router@router.example.test", "user@FQDN",
                 r"router\.example\.test \(FQDN\)"],
        "fix": ["Here", r"identity router\.example\.test"]},
    "id-key-address": {
        "wrong": "The router's only key is entered for another address",
        "key_for": "203.0.113.12", "do": plain, "cause": "no-key",
        "says": [r"203\.0\.113\.11", r"203\.0\.113\.12"],
        "fix": ["Here", r"203\.0\.113\.11", "default"]},
}

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
for i in range(int(sys.argv[2])):
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((sources[i % len(sources)], 500))
    own.sendto(os.urandom(8) + bytes(8) + struct.pack(
        ">BBBBII", 1, 0x10, 2, 0, 0, 28 + len(body)) + body,
        ("203.0.113.1", 500))
    own.close()
"""


def flood(sources, messages):
    """From addresses that are peers' (they have keys): others are refused by
    the first message, and take no place."""
    def do(net):
        for n in range(sources):
            net.run("WAN", "ip", "address", "add", "203.0.113.%d/24" % (
                101 + n), "dev", "br0")
        net.load()
        net.type(*[line for n in range(sources) for line in (
            "ipsec key manual pre-share 203.0.113.%d" % (101 + n),
            " key k%d" % n)])
        net.wait_up()
        net.run("WAN", sys.executable, "-c", FLOOD, str(sources),
                str(messages), fails=False)
        # the peer begins phase 1 anew, and gets no answer
        net.peer("exec", "swanctl", "--rekey", "--ike", "site", fails=True)
        time.sleep(3)
    return do


FAULTS.update({
    "man-spi": {
        "wrong": "Inbound and outbound SPI are exchanged at the peer",
        "do": two_routers((KEYS[0], KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1001, 0x1002)),
        "cause": "spi-swapped", "says": ["0x1001", "0x1002", "swapped"],
        "fix": ["Peer", "exchange the two SPIs"]},
    "man-digit": {
        "wrong": "One digit of the router's inbound key is wrong",
        "do": two_routers((wrong_digit(KEYS[0]), KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "inbound-key", "says": ["inbound", "key", "fail"],
        "fix": ["Here", "inbound key anew"]},
    "st-phase2-lost": {
        "wrong": "The peer has lost its phase 2 SA, its DELETE never arrived",
        "do": phase2_lost, "cause": "phase2-lost",
        "says": ["no longer had the phase 2 SA", "IKE SA is alive"],
        "fix": ["Here", "renegotiate phase 2|clear sa"]},
    "st-dpd-off": {
        "wrong": "After an outage only the peer, whose DPD is on, has cleared its SAs",
        "scenario": "dpd", "do": outage, "cause": "sas-lost",
        "says": ["dropped its SAs", "DPD is off here"],
        "fix": ["Here", "ipsec option dpd", "clear"]},
    "st-reboot": {
        "wrong": "The peer was restarted without a DELETE; DPD is on at the router",
        "options": ["ipsec option dpd"],
        "do": reboot, "cause": "peer-restarted",
        "says": ["restarted", "lost all its SAs", "line was not down"],
        "fix": ["Here", "negotiate now"]},
    "res-half-open": {
        "wrong": "Strangers have used up the limit on half-open exchanges",
        "do": flood(40, 4000), "cause": "half-open",
        "says": ["not finished", "at most"],
        "fix": ["filter the flood"]},
})

FAULTS.update({
    "p1-lifetime": {
        "wrong": "The peer's IKE lifetime is 30 s instead of 8 h",
        "scenario": "short-lifetime-ike", "do": watch(60),
        "cause": "short-ike-lifetime", "says": ["30 s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "p2-mask": {
        "wrong": "The peer's mask for the router's network is /25 instead of /24",
        "edit": [(PEER1, "remote_ts = 192.168.10.0/24",
                  "remote_ts = 192.168.10.0/25")],
        "do": from_two, "cause": "narrowed",
        "says": ["192.168.10.0/25", "192.168.10.0/24"],
        "fix": ["Peer", "remote network", "192.168.10.0/24"]},
    "net-500-oneway": {
        "wrong": "A firewall drops UDP port 500 from the peer to the router",
        "do": rules(("to-peer1", "udp sport 500 drop")),
        "cause": "ike-port-filtered",
        "says": ["UDP port 500", r"203\.0\.113\.11", "filter"],
        "fix": ["Network", "port 500", "both directions"]},
    "net-esp": {
        "wrong": "A firewall drops ESP but passes IKE",
        "do": rules(*both("udp dport 4500 @th,64,32 != 0 drop",
                          "ip protocol esp drop")),
        "cause": "esp-filtered", "says": ["ESP", "IKE passes"],
        "fix": ["Network", "protocol 50", "4500"], "also": ["no-way-back"]},
    "net-pmtu": {
        "wrong": "A link between the ends carries at most 1250 octets, and no ICMP comes back",
        "do": rules_later(*both("ip length > 1250 drop")),
        "cause": "path-mtu", "says": ["[Pp]ath MTU black hole", "12[345]. oct"],
        "fix": ["Here", "tunnel mtu 11[6789].|tunnel mtu 12[0-9].", "ICMP"]},
    "net-nat-no-natt": {
        "wrong": "A NAT stands between the ends and NAT-T is off at the router",
        "edit": [(PEER1, "remote_addrs = 203.0.113.1",
                  "remote_addrs = 203.0.113.77")],
        "options": ["no ipsec option nat-t"],
        "do": nat, "cause": "nat-without-traversal",
        "says": ["NAT", "does not negotiate NAT-T"],
        "fix": ["Here", "ipsec option nat-t"]},
    "net-unreachable": {
        "wrong": "The peer's line is cut",
        "do": cut_off, "cause": "unreachable",
        "says": [r"203\.0\.113\.11 is not reachable at all", "ARP"],
        "fix": ["Network", "line or the route"]},
    "net-loss": {
        "wrong": "30 % of the packets are lost in each direction",
        "do": rules(*both("numgen random mod 100 < 30 drop")),
        "cause": "packet-loss", "says": ["(1[5-9]|2[0-9]|3[0-9]|4[0-8]) percent each way"],
        "fix": ["Network", "line"]},
    "rt-missing": {
        "wrong": "The hosts behind the peer have no route back",
        "do": no_way_back, "cause": "no-way-back",
        "says": ["192.168.20.2", "route to 192.168.10.0/24 is missing"],
        "fix": ["Peer", "192.168.10.0/24", "towards the peer gateway"]},
    "rt-filter": {
        "wrong": "The peer's packet filter rejects what comes out of the tunnel",
        "do": filter_behind, "cause": "filter-behind",
        "says": [r"192\.168\.20\.1\b", "filter", "tunnel itself is in order"],
        "fix": ["Peer", "192.168.10.0/24", "filter"]},
    "rt-overlap": {
        "wrong": "A second tunnel inside the first one takes its traffic",
        "scenario": "two-peers",
        "do": second_tunnel("192.168.20.0", "255.255.255.128"),
        "cause": "overlap", "says": ["overlap", "second", "203.0.113.12",
                                     "192.168.20.0/25", "192.168.20.0/24"],
        "fix": ["Here", "peer-identity", "second"]},
    "rt-shutdown": {
        "wrong": "The tunnel's interface is shut down at the router",
        "do": shut("shutdown"), "cause": "shut-down",
        "says": ["administratively down"], "fix": ["Here", "no shutdown"]},
})

# ---- certificates ----

# Files of the peers' CA that the router imports.
PKI = ("ca.crt", "router.key", "router.crt")
MAKE_PKI = "../../peer.sh"  # makes the peers' certificates


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


def signed(scenario="rsa-main", **more):
    return dict({"scenario": scenario, "method": "rsa-sig", "pki": PKI,
                 "do": plain}, **more)


FAULTS.update({
    "cert-expired": signed(
        "rsa-main-expired",
        wrong="The peer's certificate expired on 1 January 2021",
        cause="cert-expired", says=["CN=peer1.example.test", "2021-01-01"],
        fix=["Peer", "[Rr]enew"]),
    "cert-ca": signed(
        "rsa-main-otherca",
        wrong="The peer's certificate is from a CA that the router does not "
        "trust",
        cause="cert-ca", says=["CN=peer1.example.test", "Other CA"],
        fix=["Peer", "Here"]),
    "cert-revoked": signed(
        "rsa-main-revoked", pki=PKI + ("ca.crl",),
        wrong="The peer's certificate is revoked and the router requires CRLs",
        options=["ipsec crl required"],
        cause="cert-revoked",
        says=["CN=peer1.example.test", "revocation list"],
        fix=["Peer", "new certificate"]),
    "cert-not-yet": signed(
        wrong="The peer's certificate is valid from 2040 only",
        edit=[(MAKE_PKI, "ca peer1 peer1.example.test $now",
               "ca peer1 peer1.example.test 20400101000000Z")],
        cause="cert-not-yet", says=["CN=peer1.example.test", "2040-01-01"],
        fix=["Peer", "start date"]),
})


# ---- the same kinds with other values ----

def stopped(net):
    net.peer("stop", "peer1")
    plain(net)


def host_down(net):
    when_up(net)
    net.run("PEER1_LAN", "ip", "link", "set", "eth0", "down", fails=False)
    net.ping()


def dropped_behind(net):
    when_up(net)
    for line in ("add table ip f",
                 "add chain ip f c { type filter hook forward priority 0; }",
                 'add rule ip f c iifname "ipsec0" drop'):
        net.run("PEER1", "nft", line, fails=False)
    net.ping()


def typed(*lines):
    def do(net):
        when_up(net)
        net.type(*lines)
        net.ping()
    return do


def restarted(net):
    when_up(net)
    net.peer("crash", "peer1")
    net.peer("start", "peer1")
    net.ping()


def other_digit(keys, at):
    return keys[:at] + ("0" if keys[at] != "0" else "2") + keys[at + 1:]


PSK_LINE = "id-2 = 203.0.113.1\n"

VARIANTS = {
    "p1-hash": {
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha256-modp1024")],
        "do": plain, "cause": "proposal-hash", "says": ["sha ", "sha256"],
        "fix": ["Peer", "Here", "hash sha256"]},
    "p1-group": {
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha1-modp2048")],
        "do": plain, "cause": "proposal-group", "says": ["group 2", "group 14"],
        "fix": ["Peer", "Here", "group 14"]},
    "p1-three-values": {
        "edit": [(PEER1, "3des-sha1-modp1024", "aes128-sha256-modp2048")],
        "do": plain, "cause": "proposal-encryption",
        "says": ["3des", "aes128 sha256 pre-share group 14"],
        "fix": ["encryption aes128", "hash sha256", "group 14"]},
    "p1-des": {
        "encryption": "aes256", "hash": "sha256", "group": "14",
        "edit": [(PEER1, "3des-sha1-modp1024", "3des-sha256-modp2048")],
        "do": plain, "cause": "proposal-encryption", "says": ["aes256", "3des"],
        "fix": ["Peer", "Here", "encryption 3des"]},
    "p1-no-connection": {
        "edit": [(PEER1, "remote_addrs = 203.0.113.1\n",
                  "remote_addrs = 203.0.113.99\n")],
        "do": plain, "cause": "proposal-refused",
        "says": ["no connection for 203.0.113.1"], "fix": ["Peer"]},
    "p1-lifetime-2": {
        "scenario": "short-lifetime-ike", "do": watch(45),
        "edit": [(PEER1, "reauth_time = 20s", "reauth_time = 25s")],
        "cause": "short-ike-lifetime", "says": ["3[0-9] s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "id-peer-without-key": {
        "edit": [(PEER1, PSK_LINE, "id-2 = 203.0.113.55\n"),
                 (PEER1, "id-1 = 203.0.113.11\n", "id-1 = 203.0.113.56\n")],
        "do": plain, "cause": "peer-has-no-key", "says": ["203.0.113.1"],
        "fix": ["Peer", "key for 203.0.113.1"]},
    "id-psk-here": {
        "key": "another-key", "do": plain, "cause": "wrong-key",
        "says": ["preshared keys", "differ"], "fix": ["key anew"]},
    "id-psk-aggressive": {
        "scenario": "psk-aggressive-fqdn", "key": "another-key",
        "identity": "router.example.test", "do": plain, "cause": "wrong-key",
        "says": ["preshared keys", "differ"], "fix": ["key anew"]},
    "id-name": {
        "scenario": "psk-aggressive-fqdn", "identity": "branch.example.test",
        "do": plain, "cause": "identity-unknown",
        "says": ["branch.example.test"], "fix": ["Here", "source identity"]},
    "id-user-missing": {
        "scenario": "psk-aggressive-userfqdn",
        "identity": "example.test", "do": plain, "cause": "identity-unknown",
        "says": ["example.test", "FQDN"], "fix": ["Here", "identity"]},
    "id-key-vr": {
        "options": ["virtual-router other"],
        "after_key": ["virtual-router default"],
        "do": plain, "cause": "no-key",
        "says": ["203.0.113.11", "other", "default"],
        "fix": ["Here", "203.0.113.11", "default"]},
    "p2-transform-aes128": {
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = aes128-sha1")],
        "do": plain, "cause": "transform",
        "says": ["esp-3des-hmac-sha", "esp-aes128-hmac-sha"],
        "fix": ["Peer", "Here", "esp-aes128-hmac-sha"]},
    "p2-transform-md5": {
        "transform": "esp-aes256-hmac-sha256",
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = 3des-md5")],
        "do": plain, "cause": "transform", "says": ["esp-3des-hmac-md5"],
        "fix": ["Here", "esp-3des-hmac-md5"]},
    "p2-pfs-5": {
        "scenario": "psk-main-pfs5", "pfs": "2", "do": plain, "cause": "pfs",
        "says": ["group 2", "group 5"], "fix": ["Here", "tunnel pfs group 5"]},
    "p2-pfs-unwanted": {
        "pfs": "14", "do": plain, "cause": "pfs", "says": ["group 14", "none"],
        "fix": ["Here", "no tunnel pfs group"]},
    "p2-both": {
        "edit": [(PEER1, "esp_proposals = 3des-sha1",
                  "esp_proposals = aes256-sha1-modp2048")],
        "do": plain, "cause": "transform pfs",
        "says": ["aes256-hmac-sha"], "fix": ["aes256-hmac-sha", "group 14"]},
    "p2-remote": {
        "edit": [(PEER1, "remote_ts = 192.168.10.0/24",
                  "remote_ts = 192.168.77.0/24")],
        "do": plain, "cause": "selector",
        "says": ["192.168.10.0/24", "192.168.77.0/24"],
        "fix": ["Peer", "remote network", "192.168.10.0/24"]},
    "p2-narrow-there": {
        "edit": [(PEER1, "local_ts = 192.168.20.0/24",
                  "local_ts = 192.168.20.0/26")],
        "do": when_up, "cause": "narrowed",
        "says": ["192.168.20.0/24", "192.168.20.0/26"],
        "fix": ["Peer", "local network", "192.168.20.0/24"]},
    "p2-lifetime": {
        "scenario": "short-lifetime", "do": watch(40),
        "cause": "short-lifetime", "says": [" s", "28800 s"],
        "fix": ["Peer", "28800 s"]},
    "net-500-there": {
        "do": rules(("to-router", "udp dport 500 drop")),
        "cause": "ike-port-filtered", "says": ["UDP port 500", "filter"],
        "fix": ["Network", "port 500"]},
    "net-4500": {
        "do": rules(*both("udp dport 4500 drop")),
        "cause": "ike-port-filtered", "says": ["UDP port 4500"],
        "fix": ["Network", "port 4500"]},
    "net-no-ike": {
        "do": stopped, "cause": "ike-absent",
        "says": ["reachable", "port is closed"], "fix": ["Peer", "start IKE"]},
    "net-all-udp": {
        "do": rules(*both("ip protocol udp drop")), "cause": "ike-absent",
        "says": ["reachable"], "fix": ["UDP 500 and 4500"]},
    "net-esp-in": {
        "do": rules(("to-peer1", "udp sport 4500 @th,64,32 != 0 drop")),
        "cause": "esp-filtered", "says": ["ESP"], "fix": ["Network", "4500"],
        "also": ["no-way-back"]},
    "net-pmtu-900": {
        "do": rules_later(*both("ip length > 900 drop")),
        "cause": "path-mtu", "says": ["[89].. octets"],
        "fix": ["tunnel mtu 8[0-9]."]},
    "net-loss-15": {
        "do": rules(*both("numgen random mod 100 < 15 drop")),
        "cause": "packet-loss", "says": ["([6-9]|1[0-9]|2[0-4]) percent"],
        "fix": ["Network", "line"]},
    "net-loss-esp": {
        "do": rules_later(*both("udp dport 4500 @th,64,32 != 0 numgen random "
                                "mod 100 < 25 drop")),
        "cause": "packet-loss", "says": ["inside the tunnel"],
        "fix": ["ESP"]},
    "rt-host-down": {
        "do": host_down, "cause": "host-down",
        "says": ["192.168.20.2", "192.168.20.1"],
        "fix": ["Peer", "192.168.20.2"]},
    "rt-filter-silent": {
        "do": dropped_behind, "cause": "no-way-back",
        "says": ["192.168.20.2", "filter"], "fix": ["Peer"]},
    "rt-overlap-host": {
        "scenario": "two-peers",
        "do": second_tunnel("192.168.20.2", "255.255.255.255"),
        "cause": "overlap", "says": ["192.168.20.2", "203.0.113.12"],
        "fix": ["Here", "second"]},
    "rt-overlap-narrow": {
        "scenario": "two-peers", "tunnel": "second",
        "do": second_tunnel("192.168.20.0", "255.255.255.192"),
        "cause": "overlap", "says": ["192.168.20.0/26", "192.168.20.0/24"],
        "fix": ["Here", "second"]},
    "rt-elsewhere": {
        "do": typed("ip route 192.168.20.0 255.255.255.192 "
                    "gigabitEthernet 1/0"),
        "cause": "routed-elsewhere", "says": ["192.168.20.2", "another"],
        "fix": ["Here", "ip route"]},
    "rt-ip-shutdown": {
        "do": shut("ip shutdown"), "cause": "shut-down",
        "says": ["administratively down"], "fix": ["no ip shutdown"]},
    "man-spi-other": {
        "do": two_routers((KEYS[0], KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x2001)),
        "cause": "spi-unknown", "says": ["0x1001", "0x2001"],
        "fix": ["Peer", "0x1001"]},
    "man-cipher-digit": {
        "do": two_routers((other_digit(KEYS[0], 4), KEYS[1], 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "inbound-cipher-key", "says": ["encryption key"],
        "fix": ["Here", "inbound key anew"]},
    "man-outbound": {
        "do": two_routers((KEYS[0], wrong_digit(KEYS[1]), 0x1001, 0x1002),
                          (KEYS[1], KEYS[0], 0x1002, 0x1001)),
        "cause": "in-order unknown no-way-back", "says": ["."], "fix": ["."]},
    "st-restart-no-dpd": {
        "do": restarted, "cause": "sas-lost",
        "says": ["dropped its SAs", "DPD is off here"],
        "fix": ["Here", "ipsec option dpd"]},
    "st-restart-early": {
        "options": ["ipsec option dpd"], "do": restarted,
        "cause": "peer-restarted", "says": ["restarted"], "fix": ["Here"]},
    "p1-auth-method-here": signed(
        "psk-main", do=own_certificate,
        cause="proposal-authentication", says=["rsa-sig", "pre-share"],
        fix=["Peer", "Here", "authentication pre-share"]),
    "cert-none": signed(
        pki=("ca.crt",), cause="no-certificate", says=["no certificate"],
        fix=["Here", "ipsec certificate import"]),
    "cert-crl-missing": signed(
        options=["ipsec crl required"], cause="cert-crl",
        says=["CN=peer1.example.test", "crl required|revocation list"],
        fix=["Here", "ipsec crl optional|CRL"]),
    "cert-refused-there": signed(
        edit=[(PEER1, "id = router.example.test", "id = other.example.test")],
        cause="authentication",
        says=["refuses the certificate of this router",
              "router.example.test", "Fixture CA"],
        fix=["Peer", "expect router.example.test", "Here",
             "tunnel source identity"]),
    "cert-not-ours": signed(
        tunnel_lines=[" tunnel source identity branch.example.test"],
        options=["ipsec local-endpoint 203.0.113.1"],
        cause="no-certificate", says=["branch.example.test"],
        fix=["Here", "tunnel source identity"]),
    "cert-somebody-else": signed(
        tunnel_lines=[" tunnel peer-certificate identity "
                      "branch.example.test"],
        cause="identity", says=["branch.example.test", "peer1.example.test"],
        fix=["."]),
    "cert-our-ca-there": signed(
        pki=("otherca.crt", "ca.crt", "otherca-peer1.key",
             "otherca-peer1.crt"),
        cause="authentication",
        says=["refuses the certificate of this router", "Fixture CA"],
        fix=["Peer", "CA"]),
    "res-half-open-35": {
        "do": flood(35, 3000), "cause": "half-open",
        "says": ["not finished", "at most"], "fix": ["filter the flood"]},
}


# ---- judging ----

def findings(net, tested):
    """The verdicts of the test, then what `why` found."""
    rows = [dict(row, sentence=row["verdict"]) for row in tested
            if row.get("cause")]
    return rows


def has_all(patterns, text):
    return [each for each in patterns if not re.search(each, text)]


def judge(fault, verdicts, whys):
    """(cause right, fix right, what is missing)"""
    wanted = fault["cause"].split()
    allowed = set(wanted) | set(fault.get("also", ())) | SYMPTOMS
    missing = []
    wrong = [row["cause"] for row in verdicts + whys
             if row.get("sure") and row["cause"] not in allowed]
    if wrong:
        missing.append("sure of " + ", ".join(wrong))
    answers = [row for row in verdicts + whys if row["cause"] in wanted]
    first = verdicts[0]["cause"] if verdicts else None
    if first is not None and first not in wanted and first not in (
            set(fault.get("also", ())) | {"in-order"}):
        missing.append("the test's first verdict is " + first)
    if not answers:
        return False, False, missing + ["no answer has the cause %s"
                                        % fault["cause"]]
    best = None
    for row in answers:
        said = " ".join(str(row.get(key, "")) for key in
                        ("sentence", "ours", "theirs"))
        lacks = has_all(fault["says"], said)
        fix = has_all(fault["fix"], str(row.get("fix", "")))
        if best is None or len(lacks) + len(fix) < len(best[0]) + len(best[1]):
            best = lacks, fix
    missing += ["says no " + each for each in best[0]]
    cause = not missing
    missing += ["fix has no " + each for each in best[1]]
    return cause, cause and not best[1], missing


def log_of(net):
    lines = net.ask("show log data").splitlines()
    return [line for line in lines if re.search(r"\b(ike|ipsec)\b", line)]


def run_one(name, fault):
    fault = dict({"scenario": "psk-main"}, **fault)
    net = Net(name, fault)
    began = time.monotonic()
    try:
        net.up()
        fault["do"](net)
        tunnel = fault.get("tunnel", "peer")
        why = net.ask("show ipsec tunnel %s why" % tunnel)
        whys = [dict(row, sentence=row["why"]) for row in
                net.rows("show ipsec tunnel %s why" % tunnel)]
        command = "test ipsec tunnel " + tunnel
        if "destination_asked" in fault:
            command += " destination " + fault["destination_asked"]
        tested = net.rows(command)
        after = [dict(row, sentence=row["why"]) for row in
                 net.rows("show ipsec tunnel %s why" % tunnel)]
        log = log_of(net)
        cause, fix, missing = judge(fault, findings(net, tested),
                                    whys + after)
    finally:
        if os.environ.get("FAULTS_KEEP") is None:
            net.down()
    return {"name": name, "cause": cause, "fix": fix, "missing": missing,
            "log": log, "why": why, "test": tested,
            "seconds": round(time.monotonic() - began)}


# ---- the page ----

def text_of(tested):
    lines = []
    for row in tested:
        if row.get("text"):
            lines.append("%4d.%03d  %s" % (row["time_ms"] // 1000,
                                           row["time_ms"] % 1000, row["text"]))
            continue
        lines.append("%s: %s" % ("Verdict" if row.get("sure") else
                                 "Most likely", row["cause"]))
        for key, title in (("verdict", "Cause"), ("ours", "Ours"),
                           ("theirs", "Theirs"), ("fix", "Fix")):
            if row.get(key):
                lines.append("  %-9s %s" % (title + ":", row[key]))
    return "\n".join(lines)


HEAD = """# What the router says about faults

Written by `make faults`, which injects the faults one after the other between
this router and strongSwan ([tests/interop/faults.py](../tests/interop/faults.py)
says how, and what counts as right).  For each: what the log says at its default
level, `show ipsec tunnel NAME why`, and `test ipsec tunnel NAME`; the router
does not see the other side.  The causes are explained in
[reference/causes.md](reference/causes.md), the commands in
[operating.md](operating.md#why-a-tunnel-is-down-or-carries-nothing).

`make faults VARIANTS=1` does the same with other values of the same kinds.
A verdict is `Verdict` where there is no doubt; else it is a list, the most
likely first.

"""


def verdict_of(answer):
    if answer["cause"] and answer["fix"]:
        return "cause and fix"
    if answer["cause"]:
        return "cause only: " + "; ".join(answer["missing"])
    return "no: " + "; ".join(answer["missing"])


def write_page(path, answers):
    causes = sum(answer["cause"] for answer in answers)
    fixes = sum(answer["fix"] for answer in answers)
    with open(path, "w") as page:
        page.write(HEAD)
        page.write("Cause right in %d of %d, fix right in %d.\n\n"
                   "| fault | what is wrong | right |\n|---|---|---|\n" % (
                       causes, len(answers), fixes))
        for answer in answers:
            page.write("| [%s](#%s) | %s | %s |\n" % (
                answer["name"], answer["name"],
                FAULTS[answer["name"]]["wrong"], verdict_of(answer)))
        for answer in answers:
            page.write("\n## %s\n\n" % answer["name"])
            page.write(FAULTS[answer["name"]]["wrong"] + ".\n\n```\n")
            if answer["log"]:
                page.write("\n".join(answer["log"][:12]) + "\n\n")
            page.write("> show ipsec tunnel peer why\n%s\n\n"
                       "> test ipsec tunnel peer\n%s\n```\n" % (
                           answer["why"].strip(), text_of(answer["test"])))


def one(name, table):
    """In a process of its own, so that several can run side by side."""
    run = subprocess.run([sys.executable, "-B", __file__, "--one", table, name],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    try:
        return json.loads(run.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {"name": name, "cause": False, "fix": False, "why": "",
                "log": [], "test": [], "seconds": 0,
                "missing": ["it could not be run: " + run.stdout[-2000:]]}


def main():
    words = sys.argv[1:]
    if words[:1] == ["--one"]:
        print(json.dumps(run_one(words[2], TABLES[words[1]][words[2]])))
        return
    table = "faults"
    page = None
    if words[:1] == ["--write"]:
        page = words[1]
        words = words[2:]
    if words[:1] == ["variants"]:
        table = words.pop(0)
    names = list(TABLES[table]) if words == ["all"] else words or TWO
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        answers = list(pool.map(lambda name: one(name, table), names))
    for answer in answers:
        tell_one(answer)
    if page is not None:
        write_page(page, answers)
    print("%d faults: cause right in %d, fix right in %d" % (
        len(answers), sum(a["cause"] for a in answers),
        sum(a["fix"] for a in answers)))


def tell_one(answer):
    if os.environ.get("FAULTS_VERBOSE") is not None:
        print("\n".join(answer["log"]))
        print(answer["why"])
        print(text_of(answer["test"]))
    if answer["cause"] and answer["fix"]:
        lab.ok("%s (%d s)" % (answer["name"], answer["seconds"]))
    else:
        lab.fail(answer["name"], "; ".join(answer["missing"]))


TABLES = {"faults": FAULTS, "variants": VARIANTS}


def can_run():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "needs root and /dev/net/tun"
    for program in "swanctl", "nft":
        if shutil.which(program) is None:
            return "needs " + program
    return None


if can_run() is not None:
    print("skip faults: " + can_run())
    sys.exit(0)
if sys.argv[1:2] == ["--one"]:
    main()
else:
    lab.tell(main)
