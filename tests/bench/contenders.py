"""Who carries packets between two namespaces: what the benchmarks of real
networks share.

    [ a: iperf3, tun ] -- wan0 192.0.2.1 ---- 192.0.2.2 wan0 -- [ b: tun, iperf3 ]
      10.1.0.10                                                   10.2.0.10

Every contender has such a pair of namespaces of its own, and ends of the
tunnel that Linux routes 10.x to, so that all of them can be up together and
be measured in turns.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "net"))
import wires  # noqa: E402
from wires import lab, transforms  # noqa: E402

WAN = {"a": "192.0.2.1", "b": "192.0.2.2"}
INNER = {"a": "10.1.0.10", "b": "10.2.0.10"}
OTHER = {"a": "b", "b": "a"}
MTU = 1400  # of all tun devices
STREAM = pathlib.Path(__file__).with_name("udp_stream.py")


class Contender:
    """A pair of namespaces.  The plain veth, as it stands here."""

    name = "veth"
    inner = WAN

    def __init__(self):
        self.prefix = self.name.replace("-", "")
        wires.make(self.namespace("a"), self.namespace("b"))
        wires.veth(self.namespace("a"), "wan0", self.namespace("b"), "wan0")
        for end in "ab":
            self.ip(end, "address add %s/24 dev wan0" % WAN[end])
            if self.inner is INNER:
                self.ip(end, "address add %s/32 dev lo" % INNER[end])
        self.start()
        self.wait()

    def namespace(self, end):
        return self.prefix + end

    def ip(self, end, words):
        return wires.ip(self.namespace(end), words)

    def inside(self, end, *words):
        return wires.inside(self.namespace(end), *words)

    def start(self):
        pass

    def wait(self):
        lab.wait_for("a ping through " + self.name, self.pings)

    def pings(self):
        return subprocess.run(
            self.inside("a", "ping", "-q", "-c", "1", "-W", "1", "-I",
                        self.inner["a"], self.inner["b"]),
            stdout=subprocess.DEVNULL).returncode == 0

    # ---- measuring ----

    def iperf(self, *options):
        """What iperf3's client says at its end, as JSON."""
        server = lab.start(self.inside(
            "b", "iperf3", "-s", "-1", "-B", self.inner["b"]),
            stdout=subprocess.DEVNULL)
        try:
            lab.wait_for("iperf3 to listen", self.listens)
            run = subprocess.run(
                self.inside("a", "iperf3", "-J", "-c", self.inner["b"], "-B",
                            self.inner["a"], *options),
                stdout=subprocess.PIPE, text=True, timeout=120)
            answer = json.loads(run.stdout)
        finally:
            server.kill()
            server.wait()
        if "error" in answer:
            raise lab.Problem("%s: %s" % (self.name, answer["error"]))
        return answer["end"]

    def listens(self):
        return wires.run(*self.inside(
            "b", "ss", "-Hltn", "sport", "=", "5201")) != ""

    def tcp(self, seconds):
        """Mbit/s of one stream, as the receiver sees them."""
        end = self.iperf("-t", str(seconds))
        return end["sum_received"]["bits_per_second"] / 1e6

    def udp(self, seconds, packets_per_s):
        """Of packets of 1400 bytes, sent at that rate (0: as fast as it
        goes): how many were sent in a second, and the part that was lost."""
        receiver = lab.start(self.inside(
            "b", sys.executable, str(STREAM), "receive", self.inner["b"]),
            stdout=subprocess.PIPE, text=True)
        try:
            lab.same("the receiver", receiver.stdout.readline(), "listening\n")
            sent = int(wires.run(*self.inside(
                "a", sys.executable, str(STREAM), "send", self.inner["a"],
                self.inner["b"], str(packets_per_s), str(seconds))))
            received = int(receiver.stdout.readline())
        finally:
            receiver.kill()
            receiver.wait()
        return sent / seconds, 1 - received / sent


class Ermine(Contender):
    """Two routers, a tunnel with the transform given.  ESP as it is."""

    name = "ermine-esp"
    inner = INNER
    transform = "esp-aes128-hmac-sha"
    script_more = ""

    def start(self):
        row = next(row for row in transforms.transform_rows()
                   if row[0] == self.transform)
        self.tunnel = wires.Tunnel(0, row)
        self.routers = {end: self.router(end) for end in "ab"}
        for end in "ab":
            self.routers[end].load(self.script(end))

    def router(self, end):
        namespace = wires.full(self.namespace(end))
        site = 2 if end == "a" else 1
        return lab.Router(self.namespace(end), """
0/0 host netns=%s
1/0 tun  netns=%s device=ermine0 mtu=%d host-routes=10.%d.0.0/16
""" % (namespace, namespace, MTU, site)).start()

    def script(self, end):
        name = end.upper()
        script = wires.base_script(name) + self.tunnel.script(name)
        return script.replace(" tunnel transform-set",
                              self.script_more + " tunnel transform-set")


class ErmineUdp(Ermine):
    """ESP in UDP on port 4500, which the kernel takes in long runs."""

    name = "ermine-udp"
    script_more = " tunnel encapsulation udp\n"


class BareCopy(Contender):
    """What comes from a tun device copied to a raw socket, and back."""

    name = "bare-copy"
    inner = INNER

    def start(self):
        for end, there in OTHER.items():
            lab.start(self.inside(
                end, str(lab.BUILD / "tests/bench/path_ports"), "copy",
                WAN[end], WAN[there]))
            lab.wait_for("the device of " + self.name,
                         lambda end=end: self.routes(end))

    def routes(self, end):
        words = "route add %s dev bare" % INNER[OTHER[end]]
        return subprocess.run(
            ["ip", "-n", wires.full(self.namespace(end)), *words.split()],
            stderr=subprocess.DEVNULL).returncode == 0


class OpenVpn(Contender):
    """OpenVPN with a static key and the same algorithms."""

    name = "openvpn"
    inner = INNER

    def start(self):
        home = lab.folder(self.name)
        wires.run("openvpn", "--genkey", "secret", str(home / "key"))
        for end, there in OTHER.items():
            lab.start(self.inside(
                end, "openvpn", "--dev", "tun0", "--dev-type", "tun",
                "--ifconfig", *(("172.16.0.1", "172.16.0.2") if end == "a"
                                else ("172.16.0.2", "172.16.0.1")),
                "--local", WAN[end], "--remote", WAN[there],
                "--port", "1194", "--secret", str(home / "key"),
                "--cipher", "AES-128-CBC", "--auth", "SHA1",
                "--tun-mtu", str(MTU), "--mssfix", "0",
                "--route", INNER[there], "255.255.255.255",
                "--verb", "1"),
                stdout=open(home / end, "wb"), stderr=subprocess.STDOUT)


class StrongSwan(Contender):
    """strongSwan's userspace ESP (kernel-libipsec), which is always ESP in
    UDP; keys by IKEv1."""

    name = "strongswan"
    inner = INNER
    here = pathlib.Path(__file__).resolve().parent

    def start(self):
        home = lab.folder(self.name)
        for end in "ab":
            self.charon(home, end)
        wires.run(*self.control(home, "a", "--initiate", "--child", "net",
                                "--timeout", "15"))
        for end in "ab":
            self.ip(end, "link set ipsec0 mtu %d" % MTU)

    def control(self, home, end, *words):
        return self.inside(
            end, "env", "STRONGSWAN_CONF=%s" % (home / end / "conf"),
            "SWANCTL_DIR=%s" % (home / end), "swanctl", *words)

    def charon(self, home, end):
        folder = home / end
        for name in ("conf.d", "x509", "x509ca", "private"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, to in (("strongswan.conf.in", "conf"),
                         ("swanctl.conf.in", "swanctl.conf")):
            text = (self.here / name).read_text()
            for word, value in (
                    ("RUN", str(folder)), ("OWN", WAN[end]),
                    ("PEER", WAN[OTHER[end]]), ("OWN_INNER", INNER[end]),
                    ("PEER_INNER", INNER[OTHER[end]])):
                text = text.replace("@%s@" % word, value)
            (folder / to).write_text(text)
        lab.start(self.inside(
            end, "env", "STRONGSWAN_CONF=%s" % (folder / "conf"),
            "charon-systemd"), stdout=open(folder / "log", "wb"),
            stderr=subprocess.STDOUT)
        lab.wait_for("charon to answer", lambda: subprocess.run(
            self.control(home, end, "--stats"), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0)
        wires.run(*self.control(home, end, "--load-all", "--noprompt"))


def missing(*programs):
    return [name for name in programs if shutil.which(name) is None]


def row(**figures):
    """One figure, as the other benchmarks print it."""
    print(json.dumps(figures), flush=True)


def begin(*programs):
    """Go before other work of the machine; or say that we are skipped."""
    absent = missing(*programs)
    if os.geteuid() != 0:
        absent.append("root")
    if absent:
        row(skipped="needs " + ", ".join(absent))
        sys.exit(0)
    os.nice(-5)
