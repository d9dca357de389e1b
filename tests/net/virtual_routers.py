#!/usr/bin/python3 -B
"""Two virtual routers of one ermined, each in namespaces of its own, with the
same addresses in both: neither has a packet of the other.

    clear1A - A default - wan1A ---- wan1B - B default - clear1B
    clear2A - A red     - wan2A ---- wan2B - B red     - clear2B
"""
import wires
from wires import lab

TUNNELS = {1: next(t for t in wires.TUNNELS if t.name == "esp-aes128-gcm"),
           2: next(t for t in wires.TUNNELS if t.name == "ah-hmac-sha256")}
HERE = {"A": 1, "B": 2}


def build():
    for number, tunnel in TUNNELS.items():
        for name in "AB":
            clear = "clear%d%s" % (number, name)
            wires.make(clear, "wan%d%s" % (number, name))
            wires.ip(clear, "address add 10.%d.%d.10/32 dev lo" % (
                HERE[name], tunnel.number))
        wires.veth("wan%dA" % number, "wan0", "wan%dB" % number, "wan0")
        for name in "AB":
            wires.ip("wan%d%s" % (number, name),
                     "address add %s/24 dev wan0" % wires.WAN[name])


def chassis(name):
    return "".join("""
{n}/0 host netns={wan}
{n}/1 tun device=t0 mtu=1400 netns={clear} host-routes=10.{there}.0.0/16
""".format(n=number, there=3 - HERE[name],
           wan=wires.full("wan%d%s" % (number, name)),
           clear=wires.full("clear%d%s" % (number, name)))
        for number in TUNNELS)


def script(name):
    text = "configure terminal\n"
    for number, tunnel in TUNNELS.items():
        if number == 2:
            text += "virtual-router red\n"
        base = wires.base_script(name).replace("configure terminal\n", "")
        base = base.replace("fastEthernet 0/0", "fastEthernet %d/0" % number)
        base = base.replace("gigabitEthernet 1/0",
                            "gigabitEthernet %d/1" % number)
        text += base + tunnel.script(name)
    return text


def crosses(number):
    """Pings of one pair are answered and counted in its tunnel alone."""
    tunnel = TUNNELS[number]
    wires.run(*wires.inside(
        "clear%dA" % number, "ping", "-q", "-c", "5", "-l", "5",
        "-i", str(lab.WAIT_S), "-W", str(lab.WAIT_S),
        "-I", tunnel.address(1), tunnel.address(2)))


def main():
    build()
    routers = {name: lab.Router(name, chassis(name)).start() for name in "AB"}
    for name, router in routers.items():
        router.load(script(name))
        lab.wait_for("the ports of " + name,
                     lambda router=router: wires.ports_up(router))
    for number in TUNNELS:
        def check():
            before = {n: routers["B"].tunnel(t.name)["in_user_packets"]
                      for n, t in TUNNELS.items()}
            crosses(number)
            for n, tunnel in TUNNELS.items():
                lab.same("packets in the tunnel of pair %d" % n,
                         routers["B"].tunnel(tunnel.name)["in_user_packets"] -
                         before[n], 5 if n == number else 0)

        lab.claim("the packets of pair %d stay in it" % number)(check)
    for name, router in routers.items():
        lab.claim("%s dropped nothing" % name)(
            lambda: lab.same("drops", router.drops(), {}))
        router.stop()
    wires.remove_all()
    lab.claim("nothing is left over")(
        lambda: lab.same("left over", wires.left_over(), []))


wires.need_root("virtual_routers")
lab.tell(main)
