#!/usr/bin/python3 -B
"""Ports that go and come back: a link that is down, an address that is taken
away, a tun device deleted, namespaces deleted and made again, an opener that
is killed.  Each is an event in the log, and the rest goes on working.
"""
import os
import signal
import subprocess

import wires
from wires import lab

TUNNEL = next(t for t in wires.TUNNELS if t.name == "esp-aes128-gcm")


def reason(router, location):
    """Why the port is not up; "" where it is."""
    row = next(row for row in router.rows("show hardware")
               if row["location"] == location)
    if row["state"] == "up":
        lab.same("reason of a port that is up", row["reason"], None)
        return ""
    return row["reason"] or "?"


def goes(router, location, part, event):
    lab.wait_for("port %s to say %r" % (location, part),
                 lambda: part in reason(router, location))
    lab.within(router.log.read_text(), "port %s %s" % (event, location))


def comes_back(routers):
    for name, router in routers.items():
        lab.wait_for("the ports of %s" % name,
                     lambda router=router: wires.ports_up(router))
    lab.wait_for("an answer from the other side",
                 lambda: wires.pings(TUNNEL, count=1, wait_s=2))


def link(routers):
    wires.ip("wanA", "link set wan0 down")
    goes(routers["A"], "0/0", "is down: `ip link set wan0 up`", "DOWN")
    goes(routers["B"], "0/0", "has no carrier", "DOWN")
    lab.same("tunnel", routers["A"].tunnel(TUNNEL.name)["state"], "down")
    lab.same("the clear side", reason(routers["A"], "1/0"), "")
    wires.ip("wanA", "link set wan0 up")
    comes_back(routers)
    lab.within(routers["A"].log.read_text(), "port UP 0/0")


def address(routers):
    wires.ip("wanA", "address del 192.0.2.1/24 dev wan0")
    goes(routers["A"], "0/0", "has the address 192.0.2.1", "DOWN")
    wires.ip("wanA", "address add 192.0.2.1/24 dev wan0")
    comes_back(routers)


def device(routers):
    old = wires.ip("gwA", "-o link show ermine0").split(":")[0]
    wires.ip("gwA", "link del ermine0")
    lab.wait_for("a new device", lambda: "ermine0" in wires.ip(
        "gwA", "-o link show") and old != wires.ip(
            "gwA", "-o link show ermine0").split(":")[0])
    comes_back(routers)
    lab.within(wires.ip("gwA", "route"), "10.2.0.0/16 dev ermine0")
    lab.within(routers["A"].log.read_text(), "ermine0 of the network "
               "namespace %s was deleted" % wires.full("gwA"))


def namespace(routers):
    """It really goes: nobody of ours keeps it alive, so its end of the cable
    goes too, and with that ours."""
    wires.remove("wanA")
    goes(routers["A"], "0/0", wires.full("wanA"), "LOST")
    lab.wait_for("the namespace to be gone",
                 lambda: "wan0" not in wires.ip("gwB", "link"))
    goes(routers["B"], "0/0", "has the address 192.0.2.2", "DOWN")
    lab.same("the clear side", reason(routers["A"], "1/0"), "")
    lab.wait_for("a reason", lambda: "There is no network namespace" in reason(
        routers["A"], "0/0"))
    wires.make("wanA")
    wires.wan()
    comes_back(routers)


def opener(routers):
    """Without its opener a router goes on with the ports it has."""
    router = routers["A"]
    child = wires.run("pgrep", "-P", str(router.process.pid)).strip()
    os.kill(int(child), signal.SIGKILL)
    lab.wait_for("the event", lambda: "opener ENDED" in router.log.read_text())
    lab.holds(wires.pings(TUNNEL), "packets are lost")
    wires.ip("gwA", "link del ermine0")
    goes(router, "1/0", "The opener of ermined has ended", "LOST")
    lab.holds(reason(router, "0/0") == "", "the other port suffers")


def with_it(routers):
    """The opener of a router that is killed ends too, and its device goes."""
    routers["B"].kill()
    lab.wait_for("the device to be gone",
                 lambda: "ermine0" not in wires.ip("gwB", "link"))
    lab.wait_for("the opener to be gone", lambda: lab.daemons_of(
        routers["B"].home) == [])


# ---- refusals ----

def without_privilege():
    router = lab.Router("weak", "0/0 host\n1/0 tun netns=x device=y\n")
    router.launch = lambda: None
    run = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", lab.ERMINED,
         "--foreground", "--state-dir", router.state, "--chassis",
         router.home / "chassis"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=lab.WAIT_S)
    lab.same("exit status", run.returncode, lab.REFUSED)
    for word in ("CAP_SYS_ADMIN CAP_NET_ADMIN CAP_NET_RAW "
                 "CAP_NET_BIND_SERVICE", "AmbientCapabilities="):
        lab.within(run.stdout, word)


def ports_that_cannot_be(chassis, part):
    """The router starts, says why, and has its other ports."""
    def check():
        wires.make("odd")
        router = lab.Router("odd%d" % len(part), chassis.format(
            odd=wires.full("odd"))).start()
        lab.within(reason(router, "1/0"), part)
        router.stop()
        wires.remove("odd")

    return check


def another_user():
    """As nobody: no capability, and none of root's files."""
    wires.make("odd")
    home = lab.folder("nobody")
    os.chmod(home.parent, 0o711)
    router = lab.Router("user", "1/0 tun device=erm0 netns=%s" %
                        wires.full("odd"))
    router.state.mkdir(mode=0o700)
    os.chown(router.state, 65534, 65534)
    router.socket = router.state / "ermined.sock"
    router.options = ["--user", "nobody"]
    environment = os.environ.get("ASAN_OPTIONS")
    os.environ["ASAN_OPTIONS"] = (environment or "") + ":detect_leaks=0"
    router.start()
    os.environ["ASAN_OPTIONS"] = environment or ""
    status = open("/proc/%d/status" % router.process.pid).read()
    lab.within(status, "Uid:\t65534\t65534\t65534\t65534")
    lab.within(status, "CapEff:\t" + "0" * 16)
    lab.within(wires.ip("odd", "link show erm0"), "UP")
    wires.ip("odd", "link del erm0")
    lab.wait_for("the device again",
                 lambda: " erm0: " in wires.ip("odd", "-o link show"))
    router.stop()
    wires.remove("odd")


def main():
    lab.claim("without privilege: what is missing, and how to give it")(
        without_privilege)
    lab.claim("a name that is taken: says so")(ports_that_cannot_be(
        "1/0 tun device=lo netns={odd}\n",
        "There is a device lo in the network namespace"))
    lab.claim("a device to adopt that is none: says so")(ports_that_cannot_be(
        "1/0 tun device=lo adopt netns={odd}\n", "is no tun device"))
    lab.claim("a device to adopt that is not there: says so")(
        ports_that_cannot_be("1/0 tun device=t adopt netns={odd}\n",
                             "There is no device t to adopt"))
    lab.claim("--user: ports open, and open again")(another_user)
    routers = wires.two_gateways([TUNNEL])
    for name, story in (
            ("a link goes down and up", link),
            ("an address goes and comes", address),
            ("a tun device is deleted: it is made again", device),
            ("a namespace is deleted, and made again", namespace),
            ("without the opener the ports stay", opener),
            ("a router that is killed leaves nothing", with_it)):
        lab.claim(name)(lambda story=story: story(routers))
    routers["A"].stop()
    wires.remove_all()
    lab.claim("nothing is left over")(
        lambda: lab.same("left over", wires.left_over(), []))


wires.need_root("unplugged")
lab.tell(main)
