#!/usr/bin/python3 -B
"""A path whose middle takes less than the tunnel believes: what may be
fragmented arrives, and TCP, which forbids it, learns what fits.

    clearA - A - wanA --1500-- middle --1300-- wanB - B - clearB
                 192.0.2.1                     198.51.100.2
"""
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import threading

import wires
from wires import lab

MIDDLE = 1300
PORT = 7008
UDP_BYTES = 4000
TCP_TEXT = b"larger than what fits " * 9000
TUNNELS = [t for t in wires.TUNNELS
           if t.name in ("esp-aes128-hmac-sha", "esp-aes256-gcm",
                         "ah-hmac-sha")]
HERE = {"A": 1, "B": 2}
MTU = {"A": 1500, "B": MIDDLE}
NETWORK = {"A": "192.0.2", "B": "198.51.100"}


# ---- the network ----

def build():
    wires.WAN["B"] = "198.51.100.2"
    wires.make("clearA", "clearB", "wanA", "wanB", "middle")
    wires.run(*wires.inside("middle", "sysctl", "-qw",
                            "net.ipv4.ip_forward=1"))
    for name, mtu in MTU.items():
        wan, device = "wan" + name, "to" + name
        wires.veth(wan, "wan0", "middle", device)
        wires.ip(wan, "link set wan0 mtu %d" % mtu)
        wires.ip("middle", "link set %s mtu %d" % (device, mtu))
        wires.ip(wan, "address add %s/24 dev wan0" % wires.WAN[name])
        wires.ip("middle", "address add %s.254/24 dev %s" % (
            NETWORK[name], device))
        wires.ip(wan, "route add default via %s.254" % NETWORK[name])
        for tunnel in TUNNELS:
            wires.ip("clear" + name, "address add %s/32 dev lo" %
                     tunnel.address(HERE[name]))


def start(name):
    router = lab.Router(name, """
0/0 host netns=%s mtu=%d
1/0 tun  netns=%s device=t0 mtu=1500 host-routes=10.%d.0.0/16
""" % (wires.full("wan" + name), MTU[name], wires.full("clear" + name),
       3 - HERE[name])).start()
    there = NETWORK["B" if name == "A" else "A"]
    router.load(wires.base_script(name) +
                "ip route %s.0 255.255.255.0 fastEthernet 0/0\n" % there +
                "".join(tunnel.script(name) for tunnel in TUNNELS))
    lab.wait_for("the ports of " + name, lambda: wires.ports_up(router))
    return router


# ---- hosts ----

def bind_udp(tunnel):
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((tunnel.address(2), PORT))
    return bound


def serve_udp(bound):
    while True:
        text, peer = bound.recvfrom(65536)
        bound.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, DONT
        bound.sendto(text[::-1], peer)


def serve(ready):
    """The host of B, until somebody ends it."""
    wires.enter("clearB")
    listening = socket.create_server(("", PORT))
    for bound in [bind_udp(tunnel) for tunnel in TUNNELS]:
        threading.Thread(target=serve_udp, args=(bound,),
                         daemon=True).start()
    os.close(ready)
    while True:
        peer, _ = listening.accept()
        text = b""
        while part := peer.recv(65536):
            text += part
        peer.sendall(hashlib.sha256(text).digest())
        peer.close()


def udp(tunnel):
    text = os.urandom(UDP_BYTES)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((tunnel.address(1), 0))
        own.settimeout(lab.WAIT_S)
        own.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, DONT
        own.sendto(text, (tunnel.address(2), PORT))
        return own.recv(65536) == text[::-1]


def tcp(tunnel):
    """The answer, and what this end learned of the path."""
    with socket.create_connection((tunnel.address(2), PORT), lab.WAIT_S,
                                  (tunnel.address(1), 0)) as peer:
        peer.sendall(TCP_TEXT)
        peer.shutdown(socket.SHUT_WR)
        digest = peer.recv(64)
        mtu = peer.getsockopt(socket.IPPROTO_IP, 14)  # IP_MTU
    return digest == hashlib.sha256(TCP_TEXT).digest(), mtu


def ask(function, tunnel):
    """What it returns, from the host of A."""
    reading, writing = os.pipe()

    def answer():
        wires.enter("clearA")
        with os.fdopen(writing, "w") as out:
            json.dump(function(tunnel), out)

    child = wires.in_a_child(answer)
    os.close(writing)
    with os.fdopen(reading) as text:
        answer = text.read()
    os.waitpid(child, 0)
    return json.loads(answer or '"nothing"')


def largest_ping(tunnel):
    """What the host says to a packet that is too large."""
    answer = subprocess.run(
        wires.inside("clearA", "ping", "-c", "1", "-W", "1", "-M", "do", "-s",
                     "1372", "-I", tunnel.address(1), tunnel.address(2)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return re.findall(r"mtu ?= ?(\d+)", answer.stdout)


# ---- the story ----

def traffic(router, item):
    return next(row["packets"] for row in router.rows("show ip traffic")
                if row["item"] == item)


def check_udp(tunnel):
    lab.same("arrived", ask(udp, tunnel), True)


def check_tcp(router, tunnel):
    lab.same("before", router.tunnel(tunnel.name)["path_mtu"], None)
    told = traffic(router, "too-big")
    arrived, mtu = ask(tcp, tunnel)
    lab.same("arrived", arrived, True)
    lab.same("the path's MTU", router.tunnel(tunnel.name)["path_mtu"], MIDDLE)
    lab.holds(1200 < mtu < MIDDLE, "the host believes in %d" % mtu)
    lab.holds(traffic(router, "too-big") > told, "nobody was told")
    lab.same("a ping is told too", largest_ping(tunnel), [str(mtu)])


def main():
    build()
    routers = {name: start(name) for name in "AB"}
    reading, writing = os.pipe()
    host = wires.in_a_child(lambda: serve(writing))
    os.close(writing)
    os.read(reading, 1)  # nothing, once it has closed its end
    for tunnel in TUNNELS:
        lab.claim("%s: a large datagram crosses in fragments" % tunnel.name)(
            lambda: check_udp(tunnel))
    for tunnel in TUNNELS:
        lab.claim("%s: TCP learns what fits" % tunnel.name)(
            lambda: check_tcp(routers["A"], tunnel))
        lab.claim("%s: a large datagram still crosses" % tunnel.name)(
            lambda: check_udp(tunnel))
    for router in routers.values():
        router.stop()
    os.kill(host, signal.SIGKILL)
    os.waitpid(host, 0)
    wires.remove_all()
    lab.claim("nothing is left over")(
        lambda: lab.same("left over", wires.left_over(), []))


wires.need_root("path_mtu")
lab.tell(main)
