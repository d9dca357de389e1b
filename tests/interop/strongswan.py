#!/usr/bin/python3 -B
"""Signaled tunnels against strongSwan, in network namespaces of its own.

    router-lan -- lan0 [ router: ermined ] wan0 -- wan0 [ peer1: charon ] -- lan
    192.168.10.2                203.0.113.1        203.0.113.11   192.168.20.2

    strongswan.py [all | SCENARIO...]     without a word: six of them

Each scenario is run in both roles: `initiator`, where we begin, and
`responder`, where the peer does.
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import lab  # noqa: E402

PEER = str(pathlib.Path(__file__).resolve().parent / "strongswan" / "peer.sh")
UP_S = 40
PSK = "peer-fixture-psk-2f9c71d4"
BASE = {"transform": "esp-3des-hmac-sha", "encryption": "3des", "hash": "sha",
        "group": "2", "pfs": None, "identity": None, "key": PSK,
        "subnet": "192.168.20.0 255.255.255.0", "why": None,
        "options": ()}

# What each scenario has that psk-main has not; why: it fails, and this word
# is in what `show ipsec tunnel why` says.
SCENARIOS = {
    "psk-main": {},
    "psk-main-pfs1": {"pfs": "1"},
    "psk-main-pfs2": {"pfs": "2"},
    "psk-main-pfs5": {"pfs": "5"},
    "psk-aggressive-fqdn": {"identity": ("router.example.test",
                                         "peer1.example.test")},
    "psk-aggressive-userfqdn": {"identity": ("router@example.test",
                                             "peer1@example.test")},
    "esp-3des-md5": {"transform": "esp-3des-hmac-md5"},
    "esp-des-md5": {"transform": "esp-des-hmac-md5"},
    "esp-des-sha1": {"transform": "esp-des-hmac-sha"},
    "esp-null-md5": {"transform": "esp-hmac-md5"},
    "esp-null-sha1": {"transform": "esp-hmac-sha"},
    "esp-aes128-sha1": {"transform": "esp-aes128-hmac-sha"},
    "esp-aes256-sha256": {"transform": "esp-aes256-hmac-sha256"},
    "ike-des-md5-g1": {"encryption": "des", "hash": "md5", "group": "1"},
    "ike-des-sha1-g2": {"encryption": "des"},
    "ike-aes128-sha1-g5": {"encryption": "aes128", "group": "5"},
    "ike-aes256-sha256-g14": {"encryption": "aes256", "hash": "sha256",
                              "group": "14"},
    "psk-wrong-key": {"why": "key"},
    "no-proposal-ike": {"why": "proposal"},
    "no-proposal-esp": {"why": "transform"},
    "wrong-subnet": {"why": "identit"},
}
SIX = ("psk-main", "wrong-subnet", "psk-aggressive-fqdn", "esp-aes256-sha256",
       "ike-aes256-sha256-g14", "psk-wrong-key")


def peer(*words):
    answer = subprocess.run([PEER, *words], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=120)
    if answer.returncode != 0:
        raise lab.Problem("peer.sh %s: %s" % (" ".join(words), answer.stdout))
    return answer.stdout


def environment():
    """What `peer.sh env` says, as a table."""
    table = {}
    for line in peer("env").splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        table[name] = value.strip("'\"")
    return table


def chassis(names):
    space = names["PEER_NS_ROUTER"]
    return ("0/0 host netns=%s\n"
            "1/0 tun netns=%s device=ermine0 mtu=1400 "
            "host-routes=192.168.20.0/24\n" % (space, space))


def script(values, begins):
    remote = "address"
    lines = [
        "configure terminal",
        "interface fastEthernet 0/0",
        " ip address 203.0.113.1 255.255.255.0",
        "interface gigabitEthernet 1/0",
        " ip address 10.99.0.1 255.255.255.252",
        "ip route 192.168.10.0 255.255.255.0 gigabitEthernet 1/0",
        "ipsec transform-set t " + values["transform"],
        "ipsec ike-policy-rule 1",
        " encryption " + values["encryption"],
        " hash " + values["hash"],
        " group " + values["group"],
    ]
    if values["identity"] is not None:
        lines.append(" aggressive-mode required")
        # who begins must know the address
        if not begins:
            remote = "identity " + values["identity"][1]
    key_of = "203.0.113.11" if remote == "address" else remote
    lines += ["ipsec key manual pre-share " + key_of,
              " key " + values["key"]]
    lines += ["interface tunnel ipsec:peer",
              " ip address 10.255.0.1 255.255.255.252",
              " tunnel transform-set t",
              " tunnel local-identity subnet 192.168.10.0 255.255.255.0",
              " tunnel peer-identity subnet " + values["subnet"]]
    if values["identity"] is not None:
        lines.append(" tunnel source identity " + values["identity"][0])
    else:
        lines.append(" tunnel source 203.0.113.1")
    lines.append(" tunnel destination " + ("203.0.113.11"
                                           if remote == "address" else remote))
    if values["pfs"] is not None:
        lines.append(" tunnel pfs group " + values["pfs"])
    if values["identity"] is not None:
        lines.insert(1, "ipsec local-endpoint 203.0.113.1")
    lines.append("ip route 192.168.20.0 255.255.255.0 tunnel ipsec:peer")
    return "\n".join(lines) + "\n"


def wait_s(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise lab.Problem("waited %d s for %s" % (seconds, what))
        time.sleep(0.1)


def is_up(router):
    return router.tunnel("peer")["state"] == "up"


def pings(names):
    answer = subprocess.run(
        ["ip", "netns", "exec", names["PEER_NS_ROUTER_LAN"], "ping", "-c", "3",
         "-i", "0.2", "-W", "5", names["PEER_HOST_PEER"]],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lab.within(answer.stdout, " 0% packet loss", "the ping")


def why(router):
    return router.ask("show ipsec tunnel peer why")


def passes(router, names):
    wait_s(UP_S, "the tunnel; " + why(router), lambda: is_up(router))
    pings(names)
    detail = router.tunnel("peer")
    for name in "inbound_spi", "outbound_spi":
        lab.holds(detail[name], "the detail has no " + name)


def is_refused(router, word):
    wait_s(UP_S, "a failure that says " + word,
           lambda: word in why(router).lower() or
           word in router.ask("show ipsec ike-failures").lower())
    lab.holds(not is_up(router), "the tunnel is up")


def run_one(scenario, role):
    values = dict(BASE, **SCENARIOS[scenario])
    begins = role == "initiator"

    def check():
        peer("up", scenario, *([] if begins else ["initiator"]))
        names = environment()
        router = lab.Router("%s-%s" % (scenario, role),
                            chassis(names)).start()
        try:
            router.load(script(values, begins))
            if values["why"] is None:
                passes(router, names)
            else:
                is_refused(router, values["why"])
        except Exception:
            print(peer("log")[-3000:])
            raise
        finally:
            router.stop()
            peer("down")

    lab.claim("%s %s" % (scenario, role))(check)


def main():
    words = sys.argv[1:]
    chosen = SCENARIOS if words == ["all"] else words or SIX
    os.environ.setdefault("PEER_INSTANCE", "e%d" % (os.getpid() % 10000))
    for scenario in chosen:
        for role in ("initiator", "responder"):
            run_one(scenario, role)


def can_run():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "needs root and /dev/net/tun"
    if subprocess.run(["which", "swanctl"],
                      stdout=subprocess.DEVNULL).returncode != 0:
        return "needs strongSwan"
    return None


if can_run() is not None:
    print("skip strongswan: " + can_run())
    sys.exit(0)
lab.tell(main)
