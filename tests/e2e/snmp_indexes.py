#!/usr/bin/python3 -B
"""ifIndex and router index last: over restarts and crashes, flaps, edits of
others, deletion and return, rollback; and what SNMP says of a tunnel is what
`show` and its JSON say.

    north                        one router on a state folder of its own
    boston ---- wire ---- ottawa two of one lab, with a signaled tunnel
"""
import pathlib
import re
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402

AGENT = str(lab.BUILD / "ermine-snmp")
IF_DESCR = ".1.3.6.1.2.1.2.2.1.2"
ROUTER_NAME = ".1.3.6.1.4.1.4874.2.2.32.1.2.1.2"
TUNNEL = ".1.3.6.1.4.1.4874.2.2.70.1.1.2.1"
STATISTICS = ".1.3.6.1.4.1.4874.2.2.70.1.1.3.1"
SUMMARY = ".1.3.6.1.4.1.4874.2.2.70.1.2.1"
OURS = ".1.3.6.1.4.1.8072.9999.9999.376463.1.2.1"
IP_ABOVE = 1 << 24

CHASSIS = "0/0 sim wire=a\n0/1 sim wire=a\n"

COMMUNITY = """configure terminal
snmp-server
snmp-server community public
"""

TUNNEL_LINES = """interface tunnel ipsec:%s
 ip unnumbered fastEthernet 0/0
 tunnel signaling isakmp
 tunnel source 192.0.2.1
 tunnel destination %s
 tunnel transform-set t
"""

NORTH = COMMUNITY + """ipsec transform-set t esp-aes128-hmac-sha256
virtual-router isp
interface loopback 0
virtual-router default
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
interface fastEthernet 0/0
 ip address 192.0.2.1 255.255.255.0
""" + TUNNEL_LINES % ("a", "192.0.2.2") + TUNNEL_LINES % ("b", "192.0.2.3")

SITE = COMMUNITY + """ipsec transform-set t esp-aes128-hmac-sha256
interface loopback 1
 ip address 10.%(net)d.0.1 255.255.255.0
interface fastEthernet 0/0
 ip address %(port)s 255.255.255.252
ipsec key manual pre-share %(peer)s
 key secret-of-two
interface tunnel ipsec:east
 ip address 10.255.0.%(net)d 255.255.255.0
 tunnel transform-set t
 tunnel local-identity subnet 10.%(net)d.0.0 255.255.255.0
 tunnel peer-identity subnet 10.%(far)d.0.0 255.255.255.0
 tunnel source %(port)s
 tunnel destination %(peer)s
ip route 10.%(far)d.0.0 255.255.255.0 tunnel ipsec:east
"""

# Columns of the tunnel tables beside those of `show ipsec tunnel detail`.
NUMBERS = {
    "in_user_packets": (STATISTICS, 2), "in_user_octets": (STATISTICS, 3),
    "in_acc_packets": (STATISTICS, 4), "in_acc_octets": (STATISTICS, 5),
    "in_auth_errors": (STATISTICS, 6), "in_replay_errors": (STATISTICS, 7),
    "in_policy_errors": (STATISTICS, 8),
    "in_other_rx_errors": (STATISTICS, 9),
    "in_decrypt_errors": (STATISTICS, 10), "in_pad_errors": (STATISTICS, 11),
    "out_user_packets": (STATISTICS, 12), "out_user_octets": (STATISTICS, 13),
    "out_acc_packets": (STATISTICS, 14), "out_acc_octets": (STATISTICS, 15),
    "out_other_tx_errors": (STATISTICS, 16),
    "out_policy_errors": (STATISTICS, 17),
    "lifetime_s": (TUNNEL, 23), "lifetime_kb": (TUNNEL, 24),
    "mtu": (TUNNEL, 26), "inbound_spi": (TUNNEL, 27),
    "outbound_spi": (TUNNEL, 35),
}
WORDS = {
    "name": (TUNNEL, 2), "transport_vr": (TUNNEL, 4),
    "local_endpoint": (TUNNEL, 5), "remote_endpoint": (TUNNEL, 6),
    "transform_set": (TUNNEL, 7), "outbound_transform": (OURS, 14),
    "inbound_transform": (OURS, 15), "virtual_router": (OURS, 21),
}


def walk(place, root):
    """The value of each instance below it, by what follows the root."""
    run = subprocess.run(
        ["snmpbulkwalk", "-v2c", "-c", "public", "-m", "", "-r2", "-t3",
         "-Onq", place, root], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=2 * lab.WAIT_S)
    found = {}
    for line in run.stdout.splitlines():
        words = line.split(" ", 1)
        if words[0].startswith(root + "."):
            found[words[0][len(root) + 1:]] = words[1].strip().strip('"')
    return found


def interfaces(place):
    return {name: int(index) for index, name in walk(place, IF_DESCR).items()}


def start_agent(socket_path, home):
    with open(home / "agent.log", "ab") as log:
        process = lab.start(
            [AGENT, "--socket", socket_path, "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            text=True)
    place = process.stdout.readline().strip()
    lab.holds(":" in place, "the agent does not say where it listens:\n" +
              (home / "agent.log").read_text())
    return place


def become(place, expected, what):
    """The numbers are these, by and by: pages of the agent may be as old as
    it says."""
    now = {}

    def are():
        now.clear()
        now.update(interfaces(place))
        return now == expected

    try:
        lab.wait_for(what, are)
    except lab.Problem as problem:
        raise lab.Problem("%s: %r, expected %r" % (problem, now, expected))


def last():
    router = lab.Router("north", CHASSIS).start()
    router.load(NORTH)
    place = start_agent(router.socket, router.home)
    lab.wait_for("the agent to answer", lambda: interfaces(place))
    first = interfaces(place)

    def without(*names):
        return {name: index for name, index in first.items()
                if name not in names}

    @lab.claim("ports, loopbacks and tunnels have numbers, and IP above them")
    def _():
        lab.same("ports", (first["fastEthernet0/0"], first["port0/1"]), (1, 2))
        for name in ("fastEthernet0/0", "ipsec:a", "ipsec:b"):
            lab.same(name, first["ip " + name], first[name] + IP_ABOVE)
        lab.same("virtual routers", walk(place, ROUTER_NAME),
                 {"1": "default", "2": "isp"})

    @lab.claim("a tunnel that is deleted and comes back has its number again")
    def _():
        router.load("configure terminal\nno interface tunnel ipsec:a\n" +
                    TUNNEL_LINES % ("c", "192.0.2.4"))
        others = without("ipsec:a", "ip ipsec:a")
        newest = max(i for i in first.values() if i < IP_ABOVE) + 1
        others.update({"ipsec:c": newest, "ip ipsec:c": newest + IP_ABOVE})
        become(place, others, "a to go and c to come")
        router.load("configure terminal\nno interface tunnel ipsec:c\n" +
                    TUNNEL_LINES % ("a", "192.0.2.9"))
        become(place, first, "a to be back")

    @lab.claim("a flap and an edit of the tunnel itself change no number")
    def _():
        router.load("configure terminal\ninterface tunnel ipsec:a\n"
                    " shutdown\n tunnel mtu 1300\n")
        router.load("configure terminal\ninterface tunnel ipsec:a\n"
                    " no shutdown\n")
        become(place, first, "nothing to change")

    @lab.claim("a rollback brings the numbers back")
    def _():
        router.load("configure terminal\nno interface tunnel ipsec:a\n"
                    "no interface tunnel ipsec:b\n"
                    "no interface loopback 0\ninterface loopback 5\n")
        lab.wait_for("b to go", lambda: "ipsec:b" not in interfaces(place))
        router.ask("configure terminal", "rollback 1", "commit")
        become(place, first, "all to be back")

    for name, end in (("restart", router.stop), ("crash", router.kill)):
        @lab.claim("a %s of the router changes no number" % name)
        def _():
            end()
            router.start()
            # what is new shows that it is the new process that answers
            router.load("configure terminal\ninterface loopback 9\n")
            lab.wait_for("loopback 9",
                         lambda: "loopback9" in interfaces(place))
            now = interfaces(place)
            del now["loopback9"]
            lab.same("the others", now, first)
            lab.same("virtual routers", walk(place, ROUTER_NAME),
                     {"1": "default", "2": "isp"})
            router.load("configure terminal\nno interface loopback 9\n")
            become(place, first, "loopback 9 to go")

    @lab.claim("a database without numbers gets them, and stays good")
    def _():
        router.stop()
        subprocess.run(
            ["sqlite3", router.state / "config.db",
             "DELETE FROM interface_number; DELETE FROM router_number"],
            check=True, timeout=lab.WAIT_S)
        router.start()
        lab.wait_for("numbers", lambda: len(interfaces(place)) == len(first))
        lab.same("who has one", set(interfaces(place)), set(first))
        router.stop()
        run = subprocess.run(
            [lab.ERMINED, "--state-dir", router.state, "--check-db"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=lab.WAIT_S)
        lab.within(run.stdout, "is good")


class Pair:
    """boston and ottawa of one lab."""

    def __init__(self):
        self.home = lab.folder("lab")
        self.prefix = "@%s" % self.home.parent.name
        (self.home / "chassis").write_text(
            "router boston\n0/0 sim wire=w latency=1ms\n"
            "router ottawa\n0/0 sim wire=w latency=1ms\n")
        with open(self.home / "log", "ab") as log:
            lab.start([lab.ERMINED, "--lab", self.home, "--lab-socket",
                       self.prefix, "--foreground"],
                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.users = []  # a lab ends with its last user
        for name, ends in (("boston", (1, 2)), ("ottawa", (2, 1))):
            (self.home / name).write_text("")
            user = socket.socket(socket.AF_UNIX)
            lab.wait_for(name, lambda: user.connect_ex(
                "\0" + self.path(name)[1:]) == 0)
            self.users.append(user)
            self.load(name, SITE % {
                "net": ends[0], "far": ends[1],
                "port": "192.0.2.%d" % ends[0], "peer": "192.0.2.%d" % ends[1]})

    def path(self, name):
        return "%s-%s" % (self.prefix, name)

    def load(self, name, script):
        path = self.home / "script"
        path.write_text(script)
        lab.ermine("--socket", self.path(name), "-f", path, "--commit",
                   status=lab.DONE)

    def ask(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        return lab.ermine("--socket", self.path("boston"), *words,
                          status=lab.DONE).stdout

    def detail(self):
        answer = lab.json.loads(
            self.ask("show ipsec tunnel detail ipsec:east | display json"))
        return answer["ipsec_tunnel_detail"][0]


def number(text):
    """Of snmpbulkwalk: "28800", "0x3e8", "3:02:01"."""
    return int(re.match(r"\d+", text).group(0))


def agree():
    pair = Pair()
    place = start_agent(pair.path("boston"), pair.home)
    lab.wait_for("the tunnel to be up",
                 lambda: pair.detail()["state"] == "up")
    first = lab.wait_for("the agent", lambda: interfaces(place))
    pair.ask("ping 10.2.0.1 5 source address 10.1.0.1")

    def gather():
        said = {root: walk(place, root)
                for root in (TUNNEL, STATISTICS, OURS)}
        index = first["ipsec:east"]

        def of(object_):
            return said[object_[0]].get("%d.%d" % (object_[1], index))
        return ({name: number(of(o) or "0") for name, o in NUMBERS.items()},
                {name: of(o) for name, o in WORDS.items()})

    def expect_agreement():
        """The agent's pages are of different ages, and no older than it says:
        by and by all are as new as `show`, while that stands still."""
        found = {}

        def agreed():
            detail = pair.detail()
            numbers, words = gather()
            expected = {name: detail[name] or 0 for name in NUMBERS}
            expected.update({name: detail[name] for name in WORDS})
            found["numbers"] = numbers
            found["unlike"] = {
                name: (value, expected[name])
                for name, value in {**numbers, **words}.items()
                if value != expected[name]}
            return not found["unlike"] and pair.detail() == detail

        try:
            lab.wait_for("SNMP to say what JSON says", agreed)
        except lab.Problem as problem:
            raise lab.Problem("%s: %r" % (problem, found.get("unlike")))
        numbers = found["numbers"]
        text = pair.ask("show ipsec tunnel detail ipsec:east")
        shown = set(re.findall(r"\d+", text.replace(",", "")))
        for name in NUMBERS:
            value = numbers[name]
            lab.holds(name.endswith("_spi") or str(value) in shown,
                      "show does not have %s %d:\n%s" % (name, value, text))
        return numbers

    @lab.claim("SNMP, `show` and JSON have the same numbers at one moment")
    def _():
        numbers = expect_agreement()
        lab.same("packets out", numbers["out_user_packets"], 5)
        lab.same("packets in", numbers["in_user_packets"], 5)

    @lab.claim("after SAs were negotiated anew too, under the same number")
    def _():
        old = pair.detail()["outbound_spi"]
        pair.ask("ipsec clear sa tunnel ipsec:east phase 2")
        lab.wait_for("other SAs", lambda: pair.detail()["outbound_spi"]
                     not in (None, old))
        pair.ask("ping 10.2.0.1 2 source address 10.1.0.1")
        lab.same("packets", expect_agreement()["out_user_packets"], 7)
        become(place, first, "nothing to change")

    @lab.claim("the summary counts what is there")
    def _():
        lab.wait_for("one tunnel that is up", lambda: walk(place, SUMMARY) == {
            "1.0": "1", "2.0": "1", "3.0": "0", "4.0": "1", "5.0": "0",
            "6.0": "0"})


def main():
    for program in (AGENT, "/usr/bin/snmpbulkwalk", "/usr/bin/sqlite3"):
        if not pathlib.Path(program).exists():
            print("skip snmp_indexes: %s is not there" % program)
            sys.exit(0)
    lab.tell(last, agree)


main()
