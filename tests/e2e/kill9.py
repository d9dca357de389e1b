#!/usr/bin/python3 -B
"""kill -9 of ermined at any moment: afterwards the configuration is one that
was committed, the database is whole, and the tunnel passes traffic again.

    router with pcap ports    killed right after an answer, and in the middle
                              of a stream of commits
    a router that starts      in the middle of making its state folder, and of
                              reading it
    one end only              its sequence numbers go on above all that it
                              has sent, so the other end drops nothing
    the lab with state        both ends die at once
"""
import os
import random
import shutil
import signal
import time

import lab
import transforms

SEED = 20150105
STREAM_KILLS = 20
LAB_KILLS = 4
START_KILLS = 8
START_MAX_S = 0.02  # about what a start takes
DELAY_MAX_S = 0.004  # about what a commit takes

NAME = "esp-3des-hmac-sha"
PING = "ping 10.2.0.1 source address 10.1.0.1"


# ---- a stream of commits ----

def numbers_of(router):
    """The two places that each commit of the stream writes its number to."""
    text = router.ask("show configuration")
    words = [line.split() for line in text.splitlines()]
    name = [w[1] for w in words if w[:1] == ["hostname"]]
    description = [w[1] for w in words if w[:1] == ["description"]]
    lab.same("hostnames and descriptions", (len(name), len(description)),
             (1, 1))
    lab.same("the two halves of a commit", description[0], name[0])
    return int(name[0][1:])


def type_commit(session, number):
    session.type("hostname n%d" % number, "interface loopback 0",
                 "description n%d" % number, "exit", "commit")


def stream(router, chance, first):
    """Commit after commit, one in flight, until the kill.  The last number
    that was answered, and the last that was sent."""
    session = lab.Session("--socket", router.socket)
    session.type("configure terminal")
    number = first
    for _ in range(chance.randrange(1, 5)):
        type_commit(session, number)
        session.expect("Commit complete")
        number += 1
    type_commit(session, number)
    end = time.perf_counter() + chance.uniform(0, DELAY_MAX_S)
    while time.perf_counter() < end:
        pass  # the random moment
    router.kill()
    session.close()
    if b"Commit complete" in session.text[session.seen:]:
        return number, number
    return number - 1, number


def stream_claims():
    router = lab.Router("stream").start()
    router.load("configure terminal\nhostname n0\ninterface loopback 0\n"
                " ip address 10.1.0.1 255.255.0.0\n description n0\n")
    chance = random.Random(SEED)
    last = [0]
    came = [0, 0]

    def check():
        answered, sent = stream(router, chance, last[0] + 1)
        lab.same("integrity_check after the kill", router.integrity(), "ok")
        router.start()
        last[0] = numbers_of(router)
        lab.holds(answered <= last[0] <= sent,
                  "commit %d was answered and %d was sent, but %d is there" % (
                      answered, sent, last[0]))
        came[last[0] == sent] += 1

    for count in range(STREAM_KILLS):
        if not lab.claim("killed in a stream of commits, moment %d of %d" % (
                count + 1, STREAM_KILLS))(check):
            break  # what follows would only say it again
    print("in flight when killed: %d lost, %d kept" % tuple(came))
    lab.claim("the history goes on after all kills")(
        lambda: router.load("configure terminal\nhostname after\n"))
    router.stop()


# ---- right after the answer ----

def answered_claims():
    router = lab.Router("answered").start()
    session = lab.Session("--socket", router.socket)

    def check():
        session.type("configure terminal", "interface loopback 7",
                     "ip address 10.7.0.1 255.255.255.0", "commit")
        session.expect("Commit complete")
        session.type("description never-committed")
        router.kill()
        lab.same("exit status of the session", session.close(),
                 lab.NO_CONNECTION)
        router.start()
        text = router.ask("show configuration")
        lab.within(text, "interface loopback 7", "the configuration")
        lab.holds("never-committed" not in text,
                  "a candidate outlived its session")
        lab.same("integrity_check", router.integrity(), "ok")

    lab.claim("what was answered is there, what was not committed is not")(
        check)
    router.stop()


# ---- while it starts ----

def start_claims():
    chance = random.Random(SEED + 2)

    def kill_starting(router):
        end = time.perf_counter() + chance.uniform(0, START_MAX_S)
        router.launch()
        while time.perf_counter() < end:
            pass  # the random moment
        router.kill()

    def check(name):
        router = lab.Router(name)
        kill_starting(router)  # no folder, no key, no database yet
        router.start()
        router.load("configure terminal\nhostname %s\n" % name)
        router.kill()
        kill_starting(router)
        lab.same("integrity_check", router.integrity(), "ok")
        router.start()
        lab.within(router.ask("show configuration"), "hostname " + name,
                   "the configuration")
        router.stop()

    for count in range(START_KILLS):
        if not lab.claim("killed while it starts, moment %d of %d" % (
                count + 1, START_KILLS))(lambda: check("start%d" % count)):
            break


# ---- one end ----

def ping_into_capture(router, tunnel, capture, count):
    router.shell("-c", "ping %s %d source address %s data-size 8" % (
        tunnel.inner, count, transforms.INNER))
    packets = transforms.read_capture(router.home / capture)
    lab.same("packets sent", len(packets), count)
    return packets


def numbers(tunnel, packets):
    return [packet[tunnel.protocol].seq for packet in packets]


def peer_router(tunnel, packets):
    """The other end, as a router that was up all the time: what both lives
    of the first one have sent is its input."""
    peer = lab.Router("peer", "0/0 pcap out=none.pcap\n").start()
    peer.load("""configure terminal
interface loopback 0
 ip address 10.{0.number}.0.7 255.255.0.0
 exit
interface fastEthernet 0/0
 ip address {0.peer} 255.255.255.0
 exit
ipsec transform-set ts {0.transform}
interface tunnel ipsec:back
 ip address 172.16.0.1 255.255.255.252
 tunnel signaling manual
 tunnel source {0.peer}
 tunnel destination {own}
 tunnel transform-set ts
 tunnel session-key-inbound {0.transform} {0.spi_out} {inbound}
 tunnel session-key-outbound {0.transform} {0.spi_in} {outbound}
 exit
ip route 10.1.0.0 255.255.0.0 tunnel ipsec:back
""".format(tunnel, own=transforms.OWN, inbound=tunnel.typed(tunnel.keys_out),
           outbound=tunnel.typed(tunnel.keys_in)))
    peer.stop()
    transforms.write_capture(peer.home / "in.pcap", packets)
    peer.chassis("0/0 pcap in=in.pcap out=out.pcap\n")
    peer.start()
    lab.wait_for("the peer to read", lambda: len(packets) <=
                 peer.in_packets("fastEthernet 0/0"))
    return peer


def one_end_claims():
    tunnel = transforms.by_name(NAME)
    router = lab.Router("one", "0/0 pcap out=life1.pcap\n").start()
    router.load(transforms.script([tunnel]))
    lives = [ping_into_capture(router, tunnel, "life1.pcap", 2)]

    def check_life(life):
        router.kill()
        transforms.write_capture(router.home / "in.pcap", [
            tunnel.to_router().encrypt(
                transforms.echo_request(tunnel, life), seq_num=life)])
        capture = "life%d.pcap" % life
        router.chassis("0/0 pcap in=in.pcap out=%s\n" % capture)
        router.start()
        lab.wait_for("the answer to what came in", lambda: len(
            transforms.read_capture(router.home / capture)) == 1)
        router.shell("-c", "ping %s 1 source address %s data-size 8" % (
            tunnel.inner, transforms.INNER))
        packets = transforms.read_capture(router.home / capture)
        lab.same("packets sent", len(packets), 2)
        for packet in packets:
            transforms.open_packet(tunnel, packet)
        before = max(numbers(tunnel, lives[-1]))
        lives.append(packets)
        lab.holds(min(numbers(tunnel, packets)) > before,
                  "after %d it sends %r" % (before, numbers(tunnel, packets)))

    for life in (2, 3):
        lab.claim("a restarted end answers, and its sequence numbers go on "
                  "(life %d)" % life)(lambda: check_life(life))
    router.stop()

    def check_peer():
        sent = [packet for life in lives for packet in life]
        peer = peer_router(tunnel, sent + sent[-1:])
        row = peer.tunnel("back")
        lab.same("in_user_packets", row["in_user_packets"], len(sent))
        lab.same("in_replay_errors", row["in_replay_errors"], 1)
        peer.stop()

    lab.claim("the end that stayed up drops nothing of it, and a real replay "
              "still")(check_peer)


# ---- the lab ----

def lab_claims():
    place = lab.folder("two-site") / "lab"
    shutil.copytree(lab.ROOT / "docs/labs/two-site", place)
    for name in ("boston", "ottawa"):
        (place / "state" / name).mkdir(parents=True)
    chance = random.Random(SEED + 1)

    def check():
        session = lab.Session("--lab", place)
        session.type("configure terminal", "interface loopback 9",
                     "description life-%d" % check.life, "commit")
        session.expect("Commit complete")
        session.type("end", PING)
        lab.within(session.expect("Success rate"), "= 100%", "ping")
        session.type(PING.replace(" source", " 1000 source"))
        time.sleep(chance.uniform(0, 0.05))  # the random moment
        pids = lab.daemons_of(place)
        lab.same("daemons of the lab", len(pids), 1)
        os.kill(pids[0], signal.SIGKILL)
        lab.same("exit status of the session", session.close(),
                 lab.NO_CONNECTION)
        lab.wait_for("the daemon to be gone",
                     lambda: not lab.daemons_of(place))
        for name in ("boston", "ottawa"):
            lab.same("integrity_check of " + name, lab.check_database(
                place / "state" / name / "config.db"), "ok")
        again = lab.ermine("--lab", place, "-c", PING, "-c",
                           "show configuration", "-c",
                           "show ipsec tunnel detail", status=lab.DONE)
        text = again.stdout
        lab.within(text, "Success rate = 100%", "ping")
        lab.within(text, "life-%d" % check.life, "the configuration")
        lab.wait_for("the daemon to end with its last session",
                     lambda: not lab.daemons_of(place))
        check.life += 1

    check.life = 1
    for count in range(LAB_KILLS):
        if not lab.claim("a lab with state/ is killed and pings again, time "
                         "%d" % (count + 1))(check):
            break


lab.tell(answered_claims, stream_claims, start_claims, one_end_claims,
         lab_claims)
