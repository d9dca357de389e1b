"""The network of one fault: the peers' namespaces, a router in them, and what
it is configured by."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import lab

HERE = pathlib.Path(__file__).resolve().parent
TEST_S = 240


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
        """The namespaces go even if a router has ended by itself."""
        try:
            for other in self.others:
                other.stop()
            if hasattr(self, "router"):
                self.router.stop()
        finally:
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

    def start(self, space, *words):
        return lab.start(["ip", "netns", "exec",
                          self.names["PEER_NS_" + space], *words],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

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
        lab.wait_for("tunnel " + name, lambda: self.is_up(name))

    def ask(self, command):
        run = subprocess.run(
            [lab.ERMINE, "--socket", str(self.router.socket), "-c", command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=TEST_S)
        return run.stdout

    def rows(self, command):
        answer = json.loads(self.ask(command + " | display json"))
        return next(value for key, value in answer.items() if key != "format")


def script(values):
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
