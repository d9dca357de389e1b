"""What is shown of a scenario once its tunnel is up.  Each story takes a Row
and returns what there is to tell, as text."""
import time

import lab
from peer import Steady, wait_s

UP_S = 40          # a first try and its repetitions
DEAD_S = 110       # 60 s of silence, five inquiries, and time to look
RETRY_S = 75       # the router's first pause before it tries again
OLD_PAIR_S = 75    # how long it keeps what was replaced
OLD_IKE_S = 15     # and how long the peer does that of phase 1
REVOKED_S = 3      # from a new list to the end of what it revokes: at most two
REKEYED = r"CHILD_SA net\{\d+\} established"
RENEWED = r"IKE_SA site\[\d+\] established"


class Row:
    """A scenario in one role: the router, the peer, who begins.  waits: for
    want of the peer's address we never do."""

    slowness = 1  # of what has to be fast, where the machine is busy

    def __init__(self, router, peer, begins, waits=False, capture=None):
        self.router = router
        self.peer = peer
        self.begins = begins
        self.waits = waits
        self.capture = capture

    def state(self):
        return self.router.tunnel("peer")["state"]

    def is_up(self):
        return self.state() == "up"

    def why(self):
        return self.router.ask("show ipsec tunnel peer why")

    def type(self, *lines):
        self.router.load("\n".join(("configure terminal",) + lines) + "\n")

    def ike_sas(self):
        """Cookies of what stands here, as the peer writes them."""
        return [(row["initiator_cookie"][2:], row["responder_cookie"][2:])
                for row in self.router.rows("show ipsec ike-sa")
                if row["state"] == "DONE"]

    def spis(self, direction):
        """Of what the packet engine has, as the peer writes them."""
        return ["%08x" % row["spi"]
                for row in self.router.rows("show ipsec sa")
                if row["direction"] == direction]

    def has_nothing(self):
        return self.ike_sas() + self.spis("in") + self.spis("out") == []

    def begin(self):
        """Anew; up."""
        if self.waits:
            self.peer.run("initiate")
        self.comes_up()

    def comes_up(self, seconds=UP_S):
        wait_s(seconds, lambda: "the tunnel; " + self.why(), self.is_up)

    def agrees(self, node="peer1"):
        """Both ends have the same SAs, and nothing besides."""
        pairs = self.peer.esp_sas(node)
        return (sorted(out for _, out in pairs) == sorted(self.spis("in")) and
                self.spis("out")[0] in [spi for spi, _ in pairs] and
                sorted(self.peer.ike_sas(node)) == sorted(self.ike_sas()))

    def come_to_agree(self, node="peer1"):
        wait_s(OLD_IKE_S, lambda: "the ends to have the same SAs: here %s %s %s, there"
               " %s %s" % (self.spis("in"), self.spis("out"), self.ike_sas(),
                           self.peer.esp_sas(node), self.peer.ike_sas(node)),
               lambda: self.agrees(node))


# ---- what each tunnel does ----

def passes(row):
    """All of three pings: the peer may have its SAs, or the host behind it
    its address, a moment later."""
    wait_s(20, "three pings that pass", row.peer.pings)


def talks(row, words):
    passes(row)
    return "TCP %.0f and %.0f Mbit/s" % (row.peer.carries(*words),
                                         row.peer.carries("-R", *words))


def made_anew(row):
    """What is cleared here goes there as well, and comes again."""
    before = row.ike_sas()
    row.router.ask("ipsec clear sa tunnel peer phase 1")
    row.begin()
    row.come_to_agree()
    lab.holds(not set(before) & set(row.ike_sas()), "the old IKE SA is left")


def ended_by_us(row):
    row.type("interface tunnel ipsec:peer", " shutdown")
    lab.holds(row.has_nothing(), "SAs are left: " +
              row.router.ask("show ipsec sa", "show ipsec ike-sa"))
    wait_s(5, lambda: "the peer to have nothing: %s %s" % (
        row.peer.esp_sas(), row.peer.ike_sas()),
        lambda: row.peer.esp_sas() + row.peer.ike_sas() == [])
    row.type("interface tunnel ipsec:peer", " no shutdown")


def ended_by_peer(row):
    """It takes everything away.  Whoever knows its address begins anew, so
    that the second time the peer is not there to be spoken to."""
    row.begin()
    row.come_to_agree()
    before = set(row.spis("in") + row.ike_sas())
    row.peer.run("terminate")
    wait_s(5, "the SAs to go that the peer has ended",
           lambda: not before & set(row.spis("in") + row.ike_sas()))
    if not row.waits:
        row.comes_up()
        row.come_to_agree()
    row.peer.run("stop", "peer1")
    wait_s(5, lambda: "all SAs to go: " + row.router.ask(
        "show ipsec sa", "show ipsec ike-sa"), row.has_nothing)
    lab.holds(not row.is_up(), "the tunnel is up without a peer")


def plain(row):
    return ""


# ---- certificates ----

def certificates(row, subject):
    """Of those here, whose subject has this in it."""
    return [each for each in row.router.rows("show ipsec certificates")
            if subject in each["subject"]]


def chained(row):
    """The peer's CA is not here, ours not there: each came along."""
    lab.same("the peer's CA here", certificates(row, "CN=peers-ca"), [])
    lab.holds(row.peer.said("received issuer cert .*CN=routers-ca") > 0,
              "our CA did not come there")
    own = certificates(row, "CN=router.example.test")[0]
    lab.same("its issuer", own["issuer_number"],
             certificates(row, "CN=routers-ca")[0]["number"])
    root = certificates(row, "CN=Fixture CA")[0]
    lab.same("peers that rest on the root", root["peers"], 1)
    return ""


def aggressive(row):
    lab.holds(row.peer.said("AGGRESSIVE") > 0, "it was main mode")
    lab.same("main mode", row.peer.said("ID_PROT"), 0)
    return rekeyed_by_peer(row)


def revoked_later(row):
    """The list comes while the tunnel is up and traffic flows: down with the
    reason, on both sides, and it stays down."""
    steady = Steady(row.peer)
    wait_s(5, "the steady traffic", lambda: steady.count() > 100)
    row.router.ask("ipsec certificate import pem %s/ca.crl" %
                   row.peer.names["PEER_PKI"])
    took = seconds_until(lambda: not row.is_up(), REVOKED_S * row.slowness,
                         lambda: "the revoked peer's end; " + row.why())
    steady.process.kill()
    why = row.why()
    for word in ("cert-revoked", "CN=peer1.example.test", "revocation list"):
        lab.within(why, word, "why")
    lab.same("SAs here", row.spis("in") + row.spis("out"), [])
    wait_s(5, lambda: "the peer to have nothing: %s" % row.peer.esp_sas(),
           lambda: row.peer.esp_sas() == [])
    row.peer.run("initiate", status=None)
    lab.holds(not row.is_up(), "the revoked peer is back")
    return "down %.1f s after the list came" % took


# ---- new SAs under traffic ----

def watched(row, event, times, cause=None, seconds=60, size=56):
    """cause() brings that event about in the peer's log, so often; meanwhile
    not one packet is lost."""
    count = row.peer.said(event)
    steady = Steady(row.peer, size)
    wait_s(5, "the steady traffic", lambda: steady.count() > 100)
    for time_ in range(1, times + 1):
        if cause is not None:
            cause()
        wait_s(seconds, "time %d of %s" % (time_, event),
               lambda: row.peer.said(event) >= count + time_)
        settle(steady)
    return steady, row.peer.said(event) - count


def settle(steady):
    """Some hundred packets more: new SAs are not used at once."""
    enough = steady.count() + 300
    wait_s(10, "the traffic to go on", lambda: steady.count() > enough)


def told(steady, what):
    packets, rate = steady.end()
    return "%s under %d packets, %.0f/s, 0 lost" % (what, packets, rate)


def rekeyed_by_peer(row):
    steady, times = watched(
        row, REKEYED, 2,
        lambda: row.peer.swanctl("--rekey", "--child", "net"))
    return told(steady, "rekeyed %d times" % times)


def rekeyed_by_time(row):
    """By the peer's schedule, until the first pair is deleted as well."""
    first = row.spis("in")
    steady, times = watched(row, REKEYED, 2)
    wait_s(OLD_PAIR_S, "the first pair to go",
           lambda: not set(first) & set(row.spis("in")))
    settle(steady)
    return told(steady, "rekeyed %d times" % times)


def rekeyed_by_bytes(row):
    """100 bytes, 200 times a second."""
    steady, times = watched(row, REKEYED, 3, size=72)
    return told(steady, "rekeyed %d times" % times)


def ike_renewed_by_time(row):
    steady, times = watched(row, RENEWED, 2)
    text = told(steady, "IKE SA renewed %d times" % times)
    row.come_to_agree()  # the old one has gone everywhere
    return text


def rekeyed_by_volume(row):
    """100 MB are our limit: we begin when most of it is used up."""
    first = row.spis("in")
    count = row.peer.said(REKEYED)
    steady = Steady(row.peer)
    row.peer.gives_datagrams("210M", "%dM" % (40 // row.slowness))
    times = row.peer.said(REKEYED) - count
    lab.holds(times >= 2, "rekeyed %d times by 190 MB" % times)
    wait_s(OLD_PAIR_S, "the first pair to go",
           lambda: not set(first) & set(row.spis("in")))
    settle(steady)
    return told(steady, "rekeyed %d times by volume" % times)


# ---- a peer that is not there ----

def seconds_until(condition, bound, what):
    began = time.monotonic()
    wait_s(bound, what, condition)
    return time.monotonic() - began


def flows(steady):
    before = steady.count()
    wait_s(10, "packets to flow again", lambda: steady.count() > before + 100)


def dead_peer(row):
    """The peer is cut off, and then loses its memory: both is noticed, and
    both heals."""
    wait_s(10, "the peer to ask whether we are there",
           lambda: row.peer.said(r"N\(DPD_ACK\)") > 0)
    steady = Steady(row.peer)
    wait_s(5, "the steady traffic", lambda: steady.count() > 100)
    figures = []
    for harm, heal in ((("cut", "peer1"), ("heal", "peer1")),
                       (("crash", "peer1"), ("start", "peer1"))):
        row.peer.run(*harm)
        noticed = seconds_until(lambda: not row.is_up(), DEAD_S,
                                "the dead peer to be noticed")
        lab.holds(row.spis("in") + row.spis("out") == [], "SAs are left")
        lab.within(row.why(), "did not answer 5 inquiries", "why")
        row.peer.run(*heal)
        back = seconds_until(row.is_up, RETRY_S, "the tunnel to come back")
        row.come_to_agree()
        flows(steady)
        figures.append("%s: noticed after %.0f s, back %.0f s after it was "
                       "healed" % (harm[0], noticed, back))
    steady.process.kill()
    return "; ".join(figures)


def dead_for_the_peer(row):
    """The peer gives us up and begins anew, sooner than we notice."""
    before = row.spis("in")
    row.peer.run("cut", "peer1")
    wait_s(30, "the peer to give us up", lambda: row.peer.esp_sas() == [])
    row.peer.run("heal", "peer1")
    back = seconds_until(
        lambda: row.is_up() and not set(before) & set(row.spis("in")), UP_S,
        "the peer's new SAs")
    row.come_to_agree()
    passes(row)
    return "back %.0f s after it was healed" % back


def failover(row):
    """Primary lost: the backup; backup lost: the primary."""
    steady = Steady(row.peer)
    wait_s(5, "the steady traffic", lambda: steady.count() > 100)
    figures = []
    for lost, other in (("peer1", "peer2"), ("peer2", "peer1")):
        row.peer.run("cut", lost)
        took = seconds_until(lambda: row.peer.esp_sas(other) != [],
                             DEAD_S, "the tunnel to " + other)
        row.come_to_agree(other)
        flows(steady)
        row.peer.run("heal", lost)
        figures.append("%s cut: %s after %.0f s" % (lost, other, took))
    steady.process.kill()
    return "; ".join(figures)
