"""An ermine-snmp beside a router, for the tests that ask it.

The router has tunnels in two virtual routers, one of each state and of each
way that a tunnel is configured; nobody is at their other ends.
"""
import os
import subprocess

import lab
import modules
import snmp

ERMINE_SNMP = str(lab.BUILD / "ermine-snmp")
CHASSIS = """0/0 pcap out=a.pcap
1/0 pcap out=b.pcap
identity model=ERX-310 release=15.1.0
"""
KEY = "000102030405060708090a0b0c0d0e0f"
SCRIPT = """configure terminal
hostname walker
snmp-server
snmp-server community public
snmp-server community inside view user ro
snmp-server contact the night shift
snmp-server location rack 7
ipsec transform-set plain esp-des-hmac-sha
ipsec transform-set modern esp-aes256-hmac-sha256 esp-aes128-gcm esp-3des-hmac-md5
ipsec ike-policy-rule 10
 encryption aes256
 hash sha256
 group 14
ipsec ike-policy-rule 20
 encryption 3des
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
interface fastEthernet 0/0
 ip address 192.0.2.1 255.255.255.0
 description uplink
ipsec local-endpoint 192.0.2.1
ipsec key manual pre-share 192.0.2.21
 key hidden-of-21
ipsec key manual pre-share identity spoke.example.net
 key hidden-of-spoke
interface tunnel ipsec:by-hand
 ip address 172.16.1.1 255.255.255.252
 tunnel signaling manual
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.11
 tunnel transform-set plain
 tunnel local-identity subnet 10.1.0.0 255.255.0.0
 tunnel peer-identity range 10.11.0.1 10.11.0.99
 tunnel session-key-inbound esp-des-hmac-sha 0x10000001 0123456789abcdef {key}00000001
 tunnel session-key-outbound esp-des-hmac-sha 0x20000001 fedcba9876543210 {key}00000002
 exit
ip route 10.11.0.0 255.255.0.0 tunnel ipsec:by-hand
interface tunnel ipsec:nobody
 ip address 172.16.2.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.21
 tunnel destination backup 192.0.2.22
 tunnel transform-set modern
 tunnel pfs group 14
 tunnel lifetime seconds 7200 kilobytes 204800
 tunnel mtu 1400
 exit
interface tunnel ipsec:off
 ip address 172.16.3.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.31
 tunnel transform-set plain
 tunnel pfs group 5
 shutdown
 exit
interface tunnel ipsec:named
 ip address 172.16.4.1 255.255.255.252
 tunnel source identity gw@example.net
 tunnel destination identity spoke.example.net
 tunnel transform-set modern
 tunnel local-identity address 10.1.0.1
 exit
virtual-router blue
snmp-server
snmp-server community of-blue
interface loopback 1
 ip address 10.2.0.1 255.255.0.0
interface fastEthernet 1/0
 ip address 198.51.100.1 255.255.255.0
interface tunnel ipsec:across transport-virtual-router default
 ip address 172.16.5.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.51
 tunnel transform-set plain
 exit
interface tunnel ipsec:own
 ip address 172.16.6.1 255.255.255.252
 tunnel source 198.51.100.1
 tunnel destination 198.51.100.61
 tunnel transform-set modern
 exit
""".format(key=KEY)
SECRETS = ["hidden-of-21", "hidden-of-spoke", KEY, "0123456789abcdef",
           "fedcba9876543210"]


class Agent:
    def __init__(self, router):
        self.router = router
        self.at = "127.0.0.1:0"  # as net-snmp's tools want it; then where it is
        self.address = None
        self.log = router.home / "agent-log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = lab.start(
                [ERMINE_SNMP, "--socket", self.router.socket,
                 "--listen", self.at], text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        place = self.process.stdout.readline().strip()
        lab.holds(":" in place, "ermine-snmp does not say where it listens:\n"
                  + self.log.read_text())
        self.at = place
        self.address = ("127.0.0.1", int(place.rsplit(":", 1)[1]))
        client = self.client()
        lab.wait_for("the agent to answer", lambda: self._answers(client))
        return self

    def _answers(self, client):
        if self.process.poll() is not None:
            raise lab.Problem("ermine-snmp ended with status %d:\n%s" % (
                self.process.returncode, self.log.read_text()))
        return client.ask(snmp.GET, [(1, 3, 6, 1, 2, 1, 1, 3, 0)],
                          seconds=0.2) is not None

    def client(self, community="public", version=snmp.V2C):
        return snmp.Client(self.address, community, version)

    def tool(self, program, *arguments, community="public", version="2c",
             status=0):
        """One of net-snmp's, with no module loaded and what it prints easy
        to read."""
        return self.run(program, "-m", "", "-On", "-Oe", "-Ox", "-OU",
                        "-v", version, "-c", community, "-t", "5", "-r", "1",
                        self.at, *arguments, status=status)

    def run(self, program, *arguments, status=0):
        """The same with all of its arguments from the test."""
        run = subprocess.run(
            [program, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=60, env=dict(
                os.environ, SNMP_PERSISTENT_DIR=str(self.router.home)))
        if status is not None and run.returncode != status:
            raise lab.Problem("%s ended with %d, expected %d:\n%s%s" % (
                program, run.returncode, status, run.stdout, run.stderr))
        return run.stdout if run.returncode == 0 else run.stderr

    def resident_kb(self):
        return resident_kb(self.process.pid)


def resident_kb(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise lab.Problem("process %d has no memory" % pid)


def walker(name="walker"):
    """The router and its agent."""
    router = lab.Router(name, CHASSIS).start()
    router.load(SCRIPT)
    return router, Agent(router).start()


def with_names(*arguments):
    """Arguments for a tool that shows names: all modules loaded."""
    return ["-M", modules.PATH, "-m", "ALL", *arguments]
