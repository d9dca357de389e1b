"""What the tests in network namespaces share: two gateways and their hosts.

    lan1 -- lan0 [ gwA: lan0, tun ] --A-- [ wanA ] wan0 -- wan0 [ gwB ] -- lan2
    10.1.0.10     10.1.0.1               192.0.2.1   192.0.2.2   10.2.0.1

A has its clear and its transport side in namespaces of their own, B both in
one, as a Linux gateway has.  Names carry our process number, so that tests
do not meet; everything goes with the test, however it ends.
"""
import atexit
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import lab  # noqa: E402
import transforms  # noqa: E402

WAN = {"A": "192.0.2.1", "B": "192.0.2.2"}
MTU = 1400  # of the tun devices: with any transform 1500 on the wire
IPERF_BYTES = 4000000
CLONE_NEWNET = 0x40000000
_process = os.getpid()  # also in a child
_namespaces = []


def need_root(suite):
    """Say that we are skipped, and end, where namespaces cannot be made."""
    if os.geteuid() == 0:
        probe = subprocess.run(["unshare", "-n", "true"],
                               stderr=subprocess.DEVNULL)
        if probe.returncode == 0 and os.path.exists("/dev/net/tun"):
            return
    print("skip %s: needs root, network namespaces and /dev/net/tun" % suite)
    sys.exit(0)


def run(*words):
    answer = subprocess.run(words, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True,
                            timeout=lab.WAIT_S * 2)
    if answer.returncode != 0:
        raise lab.Problem("`%s`: %s" % (" ".join(words), answer.stdout))
    return answer.stdout


# ---- namespaces ----

def full(name):
    return "erm%d%s" % (_process, name)


def make(*names):
    for name in names:
        if not _namespaces:
            atexit.register(remove_all)
        _namespaces.append(name)
        run("ip", "netns", "add", full(name))
        ip(name, "link set lo up")


def remove(name):
    run("ip", "netns", "del", full(name))
    _namespaces.remove(name)


def remove_all():
    for name in list(_namespaces):
        remove(name)


def ip(name, words):
    return run("ip", "-n", full(name), *words.split())


def inside(name, *words):
    """The words of a command that runs there."""
    return ["ip", "netns", "exec", full(name), *words]


def veth(a, device_a, b, device_b):
    run("ip", "link", "add", device_a, "netns", full(a), "type", "veth",
        "peer", "name", device_b, "netns", full(b))
    for name, device in ((a, device_a), (b, device_b)):
        ip(name, "link set %s up" % device)


def left_over():
    """What of ours is still there: namespaces, and daemons."""
    names = [line.split()[0] for line in run("ip", "netns").splitlines()]
    found = [name for name in names if name.startswith(full(""))]
    return found + lab.daemons_of(lab.folder("last").parent)


# ---- the network ----

def wan():
    veth("wanA", "wan0", "gwB", "wan0")
    ip("wanA", "address add %s/24 dev wan0" % WAN["A"])
    ip("gwB", "address add %s/24 dev wan0" % WAN["B"])


def build(subnets=()):
    """subnets: further numbers N of 10.1.N.10 and 10.2.N.10."""
    make("lan1", "gwA", "wanA", "gwB", "lan2")
    wan()
    for site, host, gateway in ((1, "lan1", "gwA"), (2, "lan2", "gwB")):
        veth(host, "eth0", gateway, "lan0")
        ip(gateway, "address add 10.%d.0.1/16 dev lan0" % site)
        run(*inside(gateway, "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        for subnet in (0, *subnets):
            ip(host, "address add 10.%d.%d.10/16 dev eth0" % (site, subnet))
        ip(host, "route add default via 10.%d.0.1" % site)


def router(name):
    """A or B, started."""
    clear, other, wan_side = (
        ("gwA", 2, "wanA") if name == "A" else ("gwB", 1, "gwB"))
    return lab.Router(name, """
0/0 host netns=%s
1/0 tun  netns=%s device=ermine0 mtu=%d host-routes=10.%d.0.0/16
""" % (full(wan_side), full(clear), MTU, other)).start()


def base_script(name):
    return """configure terminal
interface fastEthernet 0/0
 ip address %s 255.255.255.0
 exit
interface gigabitEthernet 1/0
 ip address 10.99.0.1 255.255.255.252
 exit
ip route 10.%d.0.0 255.255.0.0 gigabitEthernet 1/0
""" % (WAN[name], 1 if name == "A" else 2)


class Tunnel:
    """A tunnel between A and B with one transform, for the subnets
    10.1.N.0/24 and 10.2.N.0/24."""

    def __init__(self, number, row, in_udp=False):
        self.row = transforms.Tunnel(number, *row)
        self.number = number
        self.in_udp = in_udp
        self.name = self.row.transform + ("-in-udp" if in_udp else "")

    def script(self, name):
        """At A or B; what is outbound at the one is inbound at the other."""
        row = self.row
        here, there = (1, 2) if name == "A" else (2, 1)
        ends = [(row.spi_in, row.keys_in), (row.spi_out, row.keys_out)]
        inbound, outbound = ends if name == "A" else ends[::-1]
        return """
ipsec transform-set {t} {t}
interface tunnel ipsec:{name}
 ip address 172.16.{n}.{here} 255.255.255.252
 tunnel signaling manual
 tunnel source {own}
 tunnel destination {peer}
 tunnel transform-set {t}
 tunnel local-identity subnet 10.{here}.{n}.0 255.255.255.0
 tunnel peer-identity subnet 10.{there}.{n}.0 255.255.255.0
 tunnel session-key-inbound {t} {spi_in:#x} {keys_in}
 tunnel session-key-outbound {t} {spi_out:#x} {keys_out}
{udp} exit
ip route 10.{there}.{n}.0 255.255.255.0 tunnel ipsec:{name}
""".format(t=row.transform, name=self.name, n=self.number, here=here,
           there=there,
           udp=" tunnel encapsulation udp\n" if self.in_udp else "",
           own=WAN[name], peer=WAN["B" if name == "A" else "A"],
           spi_in=inbound[0], keys_in=row.typed(inbound[1]),
           spi_out=outbound[0], keys_out=row.typed(outbound[1]))

    def address(self, site):
        return "10.%d.%d.10" % (site, self.number)


IN_UDP = ("esp-3des-hmac-md5", "esp-aes128-hmac-sha", "esp-aes128-gcm")
TUNNELS = [Tunnel(20 + i, row)
           for i, row in enumerate(transforms.transform_rows())]
TUNNELS += [Tunnel(70 + i, row, in_udp=True)
            for i, row in enumerate(transforms.transform_rows())
            if row[0] in IN_UDP]


def two_gateways(tunnels):
    """The network and both routers, configured."""
    build([tunnel.number for tunnel in tunnels])
    routers = {name: router(name) for name in "AB"}
    for name in "AB":
        routers[name].load(base_script(name) + "".join(
            tunnel.script(name) for tunnel in tunnels))
    for name in "AB":
        lab.wait_for("the ports of %s to be up" % name,
                     lambda name=name: ports_up(routers[name]))
    return routers


def ports_up(one):
    return {row["state"] for row in one.rows("show hardware")} == {"up"}


def pings(tunnel, size=56, count=3, wait_s=lab.WAIT_S):
    """False: not all are answered within that time.  They are sent at once: with an interval,
    ping waits for the last answer no longer than that, whatever -W says."""
    answer = subprocess.run(
        inside("lan1", "ping", "-q", "-c", str(count), "-l", str(count),
               "-i", str(wait_s), "-W", str(wait_s), "-s", str(size),
               "-I", tunnel.address(1), tunnel.address(2)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return answer.returncode == 0 and " 0% packet loss" in answer.stdout


def in_a_child(function):
    """In a process of its own, which goes with us: it may enter a namespace,
    and nothing of this test is its to clean up.  Its id."""
    child = os.fork()
    if child == 0:
        lab.die_with_us()
        try:
            function()
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(1)  # a child that is done says so in its own way
    return child


def enter(name):
    """This process, from now on, is in that namespace."""
    with open("/run/netns/" + full(name), "rb") as namespace:
        enter_open(namespace)


def enter_open(namespace):
    """The same of an open file."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise lab.Problem("setns: " + os.strerror(ctypes.get_errno()))


# ---- the wire ----

def raw_socket(name, protocol):
    """Of ours, on what goes through that namespace."""
    with open("/proc/thread-self/ns/net", "rb") as here:
        enter(name)
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
        enter_open(here)
    return raw


def heard(raw):
    """What came to it until now, without the IP headers."""
    packets = []
    while True:
        try:
            packet = raw.recv(9000, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return packets
        packets.append(packet[4 * (packet[0] & 15):])


def cut_runs(segments):
    """A run of datagrams that was given to the kernel at once crosses a veth
    as one frame, unless its devices take no more than so many."""
    for name in ("wanA", "gwB"):
        ip(name, "link set wan0 gso_max_segs %d" % segments)


def start_capture(path):
    cut_runs(1)
    capture = lab.start(
        inside("wanA", "tcpdump", "-i", "wan0", "-U",
                     "--immediate-mode", "-B", "32768",
                     "-Z", "root", "-w", str(path)),
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    while "listening on" not in (line := capture.stderr.readline()):
        lab.holds(line != "", "tcpdump has ended")
    return capture


def end_capture(capture, path):
    """When the question after an address that nobody has is in it, all that
    came before is."""
    nobody = "192.0.2.77"

    def is_in():  # Linux does not ask while it waits for an older question
        subprocess.run(inside("wanA", "ping", "-c", "1", "-W", "1", nobody),
                       stdout=subprocess.DEVNULL)
        return socket.inet_aton(nobody) in path.read_bytes()

    lab.wait_for("the end of the capture", is_in)
    capture.send_signal(signal.SIGINT)
    _, text = capture.communicate(timeout=lab.WAIT_S)
    lost = re.search(r"(\d+) packets dropped by kernel", text)
    lab.same("packets that tcpdump lost", lost and lost.group(1), "0")
    cut_runs(65535)


# ---- a stream ----

def iperf(source, destination, *how, least=IPERF_BYTES // 2):
    """One stream of TCP from lan1 to lan2, of which so many bytes come.  It
    stops when all was sent, not when all has come: buffers are small."""
    server = lab.start(inside("lan2", "iperf3", "-s", "-1", "--forceflush"),
                       stdout=subprocess.PIPE, text=True)
    while "listening" not in (line := server.stdout.readline()):
        lab.holds(line != "", "iperf3 has ended")
    answer = json.loads(run(*inside(
        "lan1", "iperf3", "-J", *(how or ("-n", str(IPERF_BYTES))), "-w",
        "256K", "-B", source, "-c", destination)))
    server.wait(lab.WAIT_S)
    received = answer["end"]["sum_received"]["bytes"]
    lab.holds(received > least, "%d bytes" % received)
