"""One strongswan/ scenario that is up: its peers, and who talks through it."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import lab

HOST = "192.168.20.2"  # behind each peer
INTERVAL_S = 0.004     # asked of ping, whose rounding makes it 200 a second
TAIL = 50  # packets that may be under way when the traffic ends


def wait_s(seconds, what, condition):
    """Poll until condition() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise lab.Problem("waited %d s for %s" % (
                seconds, what() if callable(what) else what))
        time.sleep(0.1)


# The last word of each line says how many: of sockets, and of tun devices.
OVERFLOWS = ("cat /proc/net/udp /proc/net/raw /proc/net/icmp "
             "/sys/class/net/ermine0/statistics/tx_dropped "
             "/sys/class/net/ipsec0/statistics/tx_dropped")


def overflows(space):
    answer = subprocess.run(
        ["ip", "netns", "exec", space, "sh", "-c", OVERFLOWS],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    counts = [line.split()[-1] for line in answer.stdout.splitlines()]
    return sum(int(count) for count in counts if count.isdigit())


class Peer:
    """Of the instance that PEER_INSTANCE names."""

    script = str(pathlib.Path(__file__).resolve().parent / "strongswan" /
                 "peer.sh")

    def __init__(self, scenario, level):
        """level: of its log; 4 tells the keys."""
        os.environ["PEER_LOG"] = level
        self.run("up", scenario)
        self.names = {}
        for line in self.run("env").splitlines():
            name, _, value = line.partition("=")
            self.names[name] = value.strip("'\"")

    @staticmethod
    def run(*words, status=0):
        answer = subprocess.run([Peer.script, *words], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                timeout=120)
        if status is not None and answer.returncode != status:
            raise lab.Problem("peer.sh %s: %s" % (" ".join(words),
                                                  answer.stdout))
        return answer.stdout

    def log(self, node="peer1"):
        return self.run("log", node)

    def said(self, pattern, node="peer1"):
        """How often its log has this."""
        return len(re.findall(pattern, self.log(node)))

    def _raw(self, node):
        return self.run("exec", "@" + node, "swanctl", "--list-sas", "--raw")

    def ike_sas(self, node="peer1"):
        """Cookies of what stands there."""
        return re.findall(r"state=ESTABLISHED .*?initiator-spi=(\w+) "
                          r"responder-spi=(\w+)", self._raw(node))

    def esp_sas(self, node="peer1"):
        """(inbound SPI, outbound SPI) of each pair."""
        return re.findall(r"spi-in=(\w+) spi-out=(\w+)", self._raw(node))

    def swanctl(self, *words, node="peer1"):
        return self.run("exec", "@" + node, "swanctl", *words)

    # ---- who talks ----

    def _inside(self, space, *words):
        return ["ip", "netns", "exec", self.names[space], *words]

    def pings(self, count=3):
        answer = subprocess.run(
            self._inside("PEER_NS_ROUTER_LAN", "ping", "-n", "-c", str(count),
                         "-i", "0.2", "-W", "5", HOST),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return " 0% packet loss" in answer.stdout

    def iperf3(self, *words):
        """From the router's host to the peer's; what it says."""
        server = lab.start(
            self._inside("PEER_NS_PEER1_LAN", "iperf3", "-s", "-1",
                         "--forceflush"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while "listening" not in (line := server.stdout.readline()):
            lab.holds(line != "", "iperf3 has ended")
        answer = subprocess.run(
            self._inside("PEER_NS_ROUTER_LAN", "iperf3", "-c", HOST, "-J",
                         *words),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=400)
        server.kill()
        server.communicate()
        lab.same("status of iperf3: " + answer.stdout[-500:],
                 answer.returncode, 0)
        return json.loads(answer.stdout)["end"]

    def carries(self, *words):
        """TCP; Mbit/s that arrived."""
        end = self.iperf3("-t", "1", *words)
        lab.holds(end["sum_received"]["bytes"] > 0, "nothing arrived")
        return end["sum_received"]["bits_per_second"] / 1e6

    def gives_datagrams(self, size, rate):
        """UDP from its host to ours.  What waits for charon then waits in its
        tun device, which can be given room; its socket has little."""
        subprocess.run(["ip", "-n", self.names["PEER_NS_PEER1"], "link", "set",
                        "ipsec0", "txqueuelen", "10000"], check=True)
        self.iperf3("-R", "-u", "-l", "1300", "-n", size, "-b", rate)

    def overflowed(self):
        """Packets that the hosts threw away because who should have read them
        had no time, by place."""
        return {place: overflows(self.names["PEER_NS_" + place])
                for place in ("ROUTER_LAN", "ROUTER", "PEER1", "PEER1_LAN")}


class Disturbed(lab.Problem):
    """The world, not the router: to be tried again."""


class Steady:
    """200 packets a second to the host behind the peer, and back, until it is
    ended: none may be missing."""

    def __init__(self, peer, size=56, host=HOST, source=()):
        self.peer = peer
        self.overflowed = peer.overflowed()
        self.began = time.monotonic()
        self.output = open(lab.folder("steady-%f" % self.began) / "ping",
                           "w+", encoding="ascii")
        self.process = lab.start(
            ["ip", "netns", "exec", peer.names["PEER_NS_ROUTER_LAN"], "ping",
             "-n", "-D", "-i", str(INTERVAL_S), "-s", str(size),
             *source, host],
            stdout=self.output, stderr=subprocess.STDOUT)

    def count(self):
        with open(self.output.name, encoding="ascii") as text:
            return text.read().count("icmp_seq=")

    def new_overflows(self):
        """Where, and how many, since it began."""
        now = self.peer.overflowed()
        return {place: now[place] - self.overflowed[place] for place in now
                if now[place] > self.overflowed[place]}

    def end(self):
        """(packets, packets a second).  A problem: some were lost.  What was
        under way when it ended does not count."""
        seconds = time.monotonic() - self.began
        overflowed = self.new_overflows()  # while there is ping's own socket
        self.process.send_signal(signal.SIGINT)
        self.process.wait(lab.WAIT_S)
        self.output.seek(0)
        text = self.output.read()
        seen = [int(number) for number in
                re.findall(r"bytes from .* icmp_seq=(\d+) ", text)]
        sent = re.search(r"(\d+) packets transmitted", text)
        lab.holds(sent and seen, "ping: " + text[-500:])
        # ping's numbers have 16 bits
        whole, last = [], 0
        for number in seen:
            last += (number - last + 0x8000) % 0x10000 - 0x8000
            whole.append(last)
        missing = sorted(set(range(1, max(whole) + 1)) - set(whole))
        if missing and overflowed:
            raise Disturbed("%d packets are lost; hosts threw away, for want "
                            "of time: %s" % (len(missing), overflowed))
        lab.holds(not missing, "%d of %s packets are lost: %s\n%s" % (
            len(missing), sent.group(1), missing[:40],
            line_before(text, missing)))
        lab.holds(int(sent.group(1)) - max(whole) < TAIL,
                  "the last packets are lost: %s sent, %d the last answered"
                  % (sent.group(1), max(whole)))
        lab.same("packets answered twice", len(whole) - len(set(whole)), 0)
        return len(whole), len(whole) / seconds


def line_before(text, missing):
    """What ping said, and when, before the first loss."""
    mark = "icmp_seq=%d " % ((missing[0] - 1) % 0x10000) if missing else "-"
    return "\n".join(line for line in text.splitlines() if mark in line)
