#!/usr/bin/python3 -B
"""The whole tree of ermine-snmp, by net-snmp's tools and by a client of our
own: walks increase and agree, types and ranges are the modules', nothing that
is not to be read is answered, and nothing can be written.
"""
import bisect
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import agent  # noqa: E402
import lab  # noqa: E402
import modules  # noqa: E402
import snmp  # noqa: E402

ALL = (1,)  # snmpwalk's .1
# What changes from one request to the next, with the agent's own counters.
COUNTED = ("snmpIn", "snmpOut")
TICKING = {"sysUpTime",
           "ermineSystemAgeOfValues", "snmpEngineTime",
           "juniIkeSa2Remaining", "ermineTunnelLifetimeLeft",
           "juniSystemMemUtilPct", "juniSystemModuleCpuUtilPct",
           "juniSystemModuleMemUtilPct", "juniSystemModuleCpuFiveSecUtilPct",
           "juniSystemModuleCpuOneMinAvgPct", "ermineIkeMessagesSent",
           "juniSystemModuleCpuFiveMinAvgPct", "ermineIkeMessagesReceived",
           "ermineIkeMessagesRetransmitted"}
TABLES = ["ifTable", "ifXTable", "juniIpsecTunnelInterfaceTable",
          "juniIpsecTunnelStatTable", "ermineTunnelTable", "juniRouterTable"]
POINTS = 500 if lab.SANITIZED else 3000
ATTEMPTS = 20
GEN_ERR = 5


class Tree:
    """What the agent has, and what the modules say of it."""

    def __init__(self, its, known):
        self.its = its
        self.known = known
        self.client = its.client()
        self.binds = []

    def object_of(self, arcs):
        """The object of an instance, and the instance's index."""
        for size in range(len(arcs), 0, -1):
            one = self.known.by_oid.get(arcs[:size])
            if one is not None:
                return one, arcs[size:]
        raise lab.Problem("no module has %s" % snmp.dotted(arcs))

    def still(self, binds):
        """Without the values that tick."""
        return [(arcs, kind) if self.ticks(arcs) else (arcs, kind, value)
                for arcs, kind, value in binds]

    def ticks(self, arcs):
        name = self.object_of(arcs)[0].name
        return name in TICKING or name.startswith(COUNTED)

    def agree(self, ways):
        """All ways to read all of it come to the same, if it does not change
        meanwhile; negotiations to nobody do change it."""
        for what, way in ways.items():
            for _ in range(ATTEMPTS):
                self.look()
                found = way()
                before = self.binds
                if self.still(self.look()) == self.still(before):
                    break
            else:
                raise lab.Problem("it changes all the time")
            self.compare(what, found, before)

    def look(self):
        self.binds = self.client.walk(ALL, 20)
        return self.binds

    def compare(self, what, found, before):
        found, before = self.still(found), self.still(before)
        for one, other in zip(found, before):
            lab.same(what, one, other)
        lab.same("size of " + what, len(found), len(before))

    def of(self, name):
        """The instances of an object: index -> value."""
        oid = self.known.objects[name].oid
        return {arcs[len(oid):]: value for arcs, _, value in self.binds
                if arcs[:len(oid)] == oid}

    def in_batches(self, kind, oids):
        """GET, or GETNEXT, of some at a time: what is answered."""
        answers = []
        for at in range(0, len(oids), 10):
            answer = self.client.ask(kind, oids[at:at + 10])
            lab.same("error", answer.error, 0)
            answers += answer.binds
        return answers


def by_tool(its, *arguments):
    return [bind for bind in snmp.parse(its.tool(*arguments, ".1"))
            if bind[1] != snmp.END]


def walks(tree):
    its = tree.its

    @lab.claim("snmpwalk and snmpbulkwalk of .1, and our own: one tree")
    def _():
        ways = {"snmpwalk": lambda: by_tool(its, "snmpwalk"),
                "GETNEXT": lambda: tree.client.walk(ALL)}
        for most in 1, 7, 50, 1000:
            ways["snmpbulkwalk of %d" % most] = \
                lambda most=most: by_tool(its, "snmpbulkwalk",
                                          "-Cr%d" % most)
            ways["GETBULK of %d" % most] = \
                lambda most=most: tree.client.walk(ALL, most)
        tree.agree(ways)
        lab.holds(len(tree.binds) > 500, "only %d" % len(tree.binds))

    @lab.claim("the walk increases strictly and ends")
    def _():
        oids = [arcs for arcs, *_ in tree.binds]
        lab.same("order", oids, sorted(set(oids)))

    @lab.claim("GET and GETNEXT of each are what the walk says")
    def _():
        def get():
            return tree.in_batches(snmp.GET, [a for a, *_ in tree.binds])

        def get_next():
            return tree.in_batches(
                snmp.GETNEXT, [ALL] + [a for a, *_ in tree.binds[:-1]])

        tree.agree({"GET": get, "GETNEXT": get_next})

    @lab.claim("snmpget and snmpgetnext say the same")
    @lab.by_and_by
    def _():
        tree.look()
        for arcs, kind, _ in tree.binds[::97]:
            first = snmp.parse(its.tool("snmpget", snmp.dotted(arcs)))
            lab.same("snmpget", [one[:2] for one in first], [(arcs, kind)])
            at = [one[0] for one in tree.binds].index(arcs)
            if at > 0:
                second = snmp.parse(its.tool(
                    "snmpgetnext", snmp.dotted(tree.binds[at - 1][0])))
                lab.same("snmpgetnext", second[0][0], arcs)


def random_points(tree):
    @lab.claim("GETNEXT of %d points between, before and behind" % POINTS)
    def _():
        chance = random.Random(7)
        oids = [arcs for arcs, *_ in tree.look()]
        asked = [point(chance, oids) for _ in range(POINTS)]
        for _ in range(ATTEMPTS):
            oids = [arcs for arcs, *_ in tree.look()]
            answers = tree.in_batches(snmp.GETNEXT, asked)
            if [arcs for arcs, *_ in tree.look()] == oids:
                break
        else:
            raise lab.Problem("it changes all the time")
        for arcs, (answered, kind, _) in zip(asked, answers):
            at = bisect.bisect_right(oids, arcs)
            if at == len(oids):
                lab.same("behind %s" % (arcs,), kind, snmp.END)
                lab.same("name at the end", answered, arcs)
            else:
                lab.same("behind %s" % (arcs,), answered, oids[at])


def point(chance, oids):
    """A point near one that there is."""
    arcs = list(chance.choice(oids))
    what = chance.randrange(6)
    if what == 0:
        return tuple(arcs)
    if what == 1:
        return tuple(arcs[:chance.randint(2, len(arcs))])
    if what == 2:
        return tuple(arcs + [chance.choice([0, 1, 2**32 - 1])])
    at = chance.randint(2, len(arcs) - 1)
    if what == 3:
        arcs[at] = max(0, arcs[at] - 1)
    elif what == 4:
        arcs[at] = min(2**32 - 1, arcs[at] + 1)
    else:
        arcs[at] = chance.choice([0, 255, 2**31, 2**32 - 1])
    return tuple(arcs[:chance.randint(at + 1, len(arcs))])


def as_the_modules_say(tree):
    @lab.claim("each instance is of an object that can be read")
    def _():
        for arcs, *_ in tree.binds:
            one, index = tree.object_of(arcs)
            lab.holds(one.is_read, "%s is %s" % (one.name, one.access))
            if one.kind == "scalar":
                lab.same("instance of " + one.name, index, (0,))

    @lab.claim("types and ranges are the modules'")
    def _():
        for arcs, kind, value in tree.binds:
            one, _ = tree.object_of(arcs)
            lab.same("type of %s" % one.name, kind, one.wire)
            measure = len(value) if kind == "STRING" else value
            if isinstance(measure, int):
                lab.holds(one.allows(measure), "%s is %r, allowed %s" % (
                    one.name, value, one.values or one.ranges))

    @lab.claim("indexes are the modules'")
    def _():
        for arcs, *_ in tree.binds:
            one, index = tree.object_of(arcs)
            if one.kind == "column":
                rest = index
                for part in one.index:
                    rest = without(part, rest)
                lab.same("index of %s, %s: rest" % (one.name, index),
                         rest, ())

    @lab.claim("a column that is read by its name is there in each row")
    def _():
        rows = set(tree.of("ifDescr"))
        for name in ["ifType", "ifOperStatus", "ifName", "ifHCInOctets",
                     "juniIfType"]:
            lab.same("rows of " + name, set(tree.of(name)), rows)
        tunnels = set(tree.of("ermineTunnelName"))
        lab.same("tunnels", len(tunnels), 6)
        for name in ["ermineTunnelState", "juniIpsecTunnelName",
                     "juniIpsecTunnelRowStatus", "ermineTunnelFlaps",
                     "juniIpsecTunnelStatInbAuthErrs"]:
            lab.same("rows of " + name, set(tree.of(name)), tunnels)
        lab.holds(tunnels < rows, "a tunnel is not in ifTable")


def without(part, index):
    """What follows the part of an index; the part must be a value of its
    object."""
    if part.wire == "STRING":
        size, rest = index[0], index[1:]
        lab.holds(part.allows(size), "%s of %d" % (part.name, size))
        lab.holds(all(arc < 256 for arc in rest[:size]), "not a string")
        return rest[size:]
    if part.wire == "IpAddress":
        lab.holds(all(arc < 256 for arc in index[:4]), "not an address")
        return index[4:]
    lab.holds(part.allows(index[0]), "%s is %d" % (part.name, index[0]))
    return index[1:]


def not_there(tree):
    known = tree.known

    @lab.claim("what is not there or not to be read is not answered")
    def _():
        for one in known.objects.values():
            if not one.is_read:
                for tail in (0,), (1,), (1, 1):
                    bind = tree.client.get(one.oid + tail).binds[0]
                    lab.same(one.name, bind[1], "noSuchObject")
        for name, tail in [("ifDescr", (0,)), ("ifDescr", (2**31,)),
                           ("sysDescr", ()), ("sysDescr", (1,)),
                           ("sysDescr", (0, 0)), ("ermineTunnelName", (7, 7)),
                           ("ermineDropPackets", (3, 97, 98)),
                           ("juniRouterName", ())]:
            bind = tree.client.get(known.objects[name].oid + tail).binds[0]
            lab.same("%s %s" % (name, tail), bind[1], "noSuchInstance")
        for arcs in [(1, 3, 6, 1, 2, 1, 99, 1, 0), (1, 3), (2, 5, 0),
                     known.objects["ifDescr"].oid[:-1] + (99, 1)]:
            bind = tree.client.get(arcs).binds[0]
            lab.same(str(arcs), bind[1], "noSuchObject")

    @lab.claim("version 1: the same without Counter64, and noSuchName behind")
    def _():
        old = tree.its.client(version=snmp.V1)

        def long():
            found = [bind for bind in tree.client.walk(ALL)
                     if bind[1] == "Counter64"]
            lab.holds(len(found) > 20, "only %d of these" % len(found))
            return found

        tree.agree({"the walk of version 1":
                    lambda: sorted(old.walk(ALL) + long())})
        missing = next(arcs for arcs, kind, _ in tree.binds
                       if kind == "Counter64")
        answer = old.get(missing)
        lab.same("error", answer.error, snmp.NO_SUCH_NAME)
        lab.same("index", answer.index, 1)

    @lab.claim("a wrong community is not answered")
    def _():
        for community in "wrong", "", "PUBLIC", "public ", "public\0":
            for version in snmp.V1, snmp.V2C:
                other = tree.its.client(community, version)
                lab.same("answer to %r" % community, other.ask(
                    snmp.GET, [tree.binds[0][0]], seconds=0.3), None)
        out = tree.its.tool("snmpget", "-t", "1", "-r", "0",
                            ".1.3.6.1.2.1.1.1.0", community="wrong",
                            status=1)
        lab.within(out, "Timeout")


def writing(tree):
    @lab.claim("SET answers notWritable and changes nothing")
    def _():
        location = tree.known.objects["sysLocation"].oid + (0,)
        tunnel = sorted(tree.of("juniIpsecTunnelMtu"))[0]
        mtu = tree.known.objects["juniIpsecTunnelMtu"].oid + tunnel
        status = tree.known.objects["juniIpsecTunnelRowStatus"].oid + tunnel
        for arcs, value in [(location, snmp.tlv(4, b"elsewhere")),
                            (mtu, snmp.integer(500, snmp.TAGS["Gauge32"])),
                            (status, snmp.integer(6)),
                            (status[:-1] + (4000,), snmp.integer(4)),
                            ((1, 3, 6, 1, 2, 1, 99, 0), snmp.integer(1))]:
            answer = tree.client.ask(snmp.SET, [arcs], values=[value])
            lab.same("error of %s" % (arcs,), answer.error,
                     snmp.NOT_WRITABLE)
            lab.same("index", answer.index, 1)
        out = tree.its.tool("snmpset", snmp.dotted(location), "s", "there",
                            status=2)
        lab.within(out, "notWritable")
        lab.same("location", tree.client.get(location).binds[0][2],
                 b"rack 7")


def sizes(tree):
    @lab.claim("answers stay below the packet size, or say tooBig")
    def _():
        name = tree.known.objects["ermineDropText"].oid
        answer = tree.client.get_bulk(name, 1000)
        lab.holds(answer.size <= 1500, "%d octets" % answer.size)
        lab.holds(len(answer.binds) > 3, "only %d" % len(answer.binds))
        long = [arcs for arcs, *_ in tree.binds if arcs[:len(name)] == name]
        answer = tree.client.told(snmp.GET, (long * 10)[:25])
        lab.same("error", answer.error, 1)  # tooBig

    @lab.claim("GETBULK: non-repeaters once, the others in turns")
    def _():
        up, descr, kind = (tree.known.objects[name].oid for name in
                           ["sysUpTime", "ifDescr", "ifType"])
        rows = sorted(tree.of("ifDescr"))
        answer = tree.client.told(snmp.GETBULK, [up, descr, kind], 1, 3)
        lab.same("names", [arcs for arcs, *_ in answer.binds], [
            up + (0,)] + [column + row for row in rows[:3]
                          for column in (descr, kind)])
        answer = tree.client.told(snmp.GETBULK, [descr], 0, 0)
        lab.same("without repetitions", answer.binds, [])
        answer = tree.client.told(snmp.GETBULK, [descr], -5, -5)
        lab.same("below 0", answer.binds, [])


def by_name(tree):
    @lab.claim("snmptable prints a line for each row")
    def _():
        for name in TABLES:
            out = tree.its.run(
                "snmptable", *agent.with_names(
                    "-v", "2c", "-c", "public", "-Cw", "100000", "-CB",
                    "-t", "5", tree.its.at, name))
            oid = tree.known.objects[{
                "ifTable": "ifIndex", "ifXTable": "ifName",
                "juniIpsecTunnelInterfaceTable": "juniIpsecTunnelName",
                "juniIpsecTunnelStatTable": "juniIpsecTunnelStatInbAuthErrs",
                "ermineTunnelTable": "ermineTunnelName",
                "juniRouterTable": "juniRouterName"}[name]].oid
            rows = sum(arcs[:len(oid)] == oid for arcs, *_ in tree.binds)
            lines = [line for line in out.splitlines() if line.strip()]
            lab.same("lines of %s:\n%s" % (name, out),
                     len(lines) - 2, rows)  # a title and the names

    @lab.claim("a walk with the modules loaded finds no wrong type")
    def _():
        out = tree.its.run("snmpbulkwalk", *agent.with_names(
            "-v", "2c", "-c", "public", "-t", "5", tree.its.at, ".1"))
        wrong = [line for line in out.splitlines()
                 if "Wrong Type" in line or line.startswith(("iso", "."))]
        lab.same("lines", wrong, [])


def contexts(tree):
    names = {value: index for index, value in tree.of(
        "juniRouterName").items()}

    def tunnels(community):
        return {value.decode() for _, _, value in tree.its.client(
            community).walk(tree.known.objects["ermineTunnelName"].oid)}

    @lab.claim("a virtual router by community@routerN, or by its community")
    def _():
        lab.same("routers", set(names), {b"default", b"blue"})
        every = {"by-hand", "nobody", "off", "named", "across", "own"}
        blue = {"across", "own"}
        at = {name: "@router%d" % index for name, (index,) in names.items()}
        lab.same("of the chassis", tunnels("public"), every)
        lab.same("of default", tunnels("public" + at[b"default"]),
                 every - blue)
        lab.same("of blue", tunnels("public" + at[b"blue"]), blue)
        lab.same("of blue by its own", tunnels("of-blue"), blue)
        for community in ["public@router4000", "public@", "public@router",
                          "of-blue" + at[b"default"], "wrong" + at[b"blue"]]:
            lab.same("answer to " + community, tree.its.client(
                community).ask(snmp.GETNEXT, [ALL], seconds=0.3), None)

    @lab.claim("juniRouterContextName names the contexts")
    def _():
        for index, value in tree.of("juniRouterContextName").items():
            lab.same("context", value, b"router%d" % index)


# What of `show ipsec tunnel detail` is which object; what is not set is not
# there, or 0.
SHOWN = {
    "name": "juniIpsecTunnelName", "virtual_router":
    "ermineTunnelVirtualRouter", "mtu": "juniIpsecTunnelMtu",
    "transform_set": "juniIpsecTunnelTransformSet",
    "transport_vr": "juniIpsecTunnelTransportVirtualRouter",
    "local_endpoint": "juniIpsecTunnelLocalEndPt",
    "remote_endpoint": "juniIpsecTunnelRemoteEndPt",
    "lifetime_s": "juniIpsecTunnelLifeTimeSecs",
    "lifetime_kb": "juniIpsecTunnelLifeTimeKBs",
    "outbound_spi": "juniIpsecTunnelOutboundSpi",
    "outbound_transform": "ermineTunnelOutboundTransform",
    "inbound_spi": "juniIpsecTunnelInboundSpi1",
    "inbound_transform": "ermineTunnelInboundTransform",
    "in_user_packets": "juniIpsecTunnelStatInbUserRecvPkts",
    "in_user_octets": "juniIpsecTunnelStatInbUserRecvOctets",
    "in_acc_packets": "juniIpsecTunnelStatInbAccRecvPkts",
    "in_acc_octets": "juniIpsecTunnelStatInbAccRecvOctets",
    "in_auth_errors": "juniIpsecTunnelStatInbAuthErrs",
    "in_replay_errors": "juniIpsecTunnelStatInbReplayErrs",
    "in_policy_errors": "juniIpsecTunnelStatInbPolicyErrs",
    "in_other_rx_errors": "juniIpsecTunnelStatInbOtherRecvErrs",
    "in_decrypt_errors": "juniIpsecTunnelStatInbDecryptErrs",
    "in_pad_errors": "juniIpsecTunnelStatInbPadErrs",
    "out_user_packets": "juniIpsecTunnelStatOutbUserRecvPkts",
    "out_user_octets": "juniIpsecTunnelStatOutbUserRecvOctets",
    "out_acc_packets": "juniIpsecTunnelStatOutbAccRecvPkts",
    "out_acc_octets": "juniIpsecTunnelStatOutbAccRecvOctets",
    "out_policy_errors": "juniIpsecTunnelOutbPolicyErrs",
    "out_other_tx_errors": "juniIpsecTunnelOutbOtherTxErrs",
}
NOTHING = {None, 0, "", "0.0.0.0"}


def same_as_show(tree, router):
    router.ask("ping 10.11.0.5 3 source address 10.1.0.1")

    @lab.claim("each tunnel has the values of `show ipsec tunnel detail`")
    @lab.by_and_by
    def _():
        """The agent's pages are no older than it says, and not of one age."""
        tree.look()
        shown = {row["name"]: row for vr in ("default", "blue")
                 for row in router.rows(
                     "show ipsec tunnel detail virtual-router " + vr)}
        names = tree.of("juniIpsecTunnelName")
        lab.same("tunnels", {name.decode() for name in names.values()},
                 set(shown))
        for index, name in names.items():
            row = shown[name.decode()]
            for column, one in SHOWN.items():
                value = tree.of(one).get(index)
                value = value.decode() if isinstance(value, bytes) else value
                lab.same("%s of %s" % (one, name.decode()),
                         None if value in NOTHING else value,
                         None if row[column] in NOTHING else row[column])
            states = {"up": 1, "down": 2 if row["enabled"] else 3,
                      "not-present": 4}
            lab.same("state of " + row["name"],
                     tree.of("ermineTunnelState")[index],
                     states[row["state"]])
        lab.same("packets of by-hand", shown["by-hand"]["out_user_packets"],
                 3)

    @lab.claim("the counts are those of the rows")
    @lab.by_and_by
    def _():
        tree.look()
        rows = list(tree.of("ermineTunnelState").values())
        for name, state in [("Up", 1), ("Down", 2), ("Disabled", 3),
                            ("NotPresent", 4)]:
            count = tree.of("ermineSystemTunnels" + name)[(0,)]
            lab.same(name, count, rows.count(state))
        lab.same("all", tree.of("ermineSystemTunnels")[(0,)], len(rows))
        lab.same("all, in the router's words", tree.of(
            "juniIpsecSummaryStatsTotalTunnels")[(0,)], len(rows))
        lab.same("interfaces", tree.of("ifNumber")[(0,)],
                 len(tree.of("ifIndex")))

    @lab.claim("nothing of a key is in any value")
    def _():
        values = b"\n".join(value for *_, value in tree.binds
                            if isinstance(value, bytes))
        for secret in agent.SECRETS:
            for form in secret.encode(), bytes.fromhex(secret) if re.fullmatch(
                    "([0-9a-f]{2})+", secret) else secret.upper().encode():
                lab.holds(form not in values, "%r is there" % secret)
        lab.same("keys by address", set(tree.of(
            "juniIkeIpv4PresharedKeyStr").values()), {b""})
        lab.same("keys by name", set(tree.of(
            "juniIkeFqdnPresharedKeyStr").values()), {b""})


def what_managers_look_for(tree):
    def one(name, index=(0,)):
        value = tree.of(name)[index]
        return value.decode() if isinstance(value, bytes) else value

    @lab.claim("LibreNMS, Observium, NOC and Netdisco find their router")
    def _():
        flat = " ".join(one("sysDescr").split())
        for pattern, groups in [
                (r"^Juniper Networks, Inc\. ([a-z]+ )?([\w-][^,]+) SW Version"
                 r" : \((.+?)\) Build", {2: "ERX-310 Edge Routing Switch"}),
                (r"Juniper Networks, Inc.\s+(\S+).+?SW Version\s:\s"
                 r"\(([A-Za-z0-9\- \.\[\]]+)\)", {1: "ERX-310"}),
                (r"Juniper Networks, Inc\. (.*) Edge Routing Switch",
                 {1: "ERX-310"}),
                (r"Version : \((.+)\) .+:", {})]:
            match = re.search(pattern, flat)
            lab.holds(match, "%r does not match %s" % (flat, pattern))
            for group, text in groups.items():
                lab.same("group", match[group], text)
        lab.same("sysObjectID", one("sysObjectID"),
                 (1, 3, 6, 1, 4, 1, 4874, 1, 1, 1, 1, 5))
        lab.same("sysServices", one("sysServices"), 76)
        version = one("juniSystemSwVersion")
        lab.holds(re.search(r"\((15\.1\.0[^\]]*)\[(.*)\]\)", version),
                  "version is %r" % version)

    @lab.claim("names and places are those of the configuration")
    def _():
        lab.same("name", one("sysName"), "walker")
        lab.same("contact", one("sysContact"), "the night shift")
        lab.same("location", one("sysLocation"), "rack 7")

    @lab.claim("modules, their load where it is known, and their places")
    def _():
        descr = tree.of("juniSystemModuleDescr")
        lab.holds(descr, "no module")
        for index, places in tree.of("juniSystemModulePhysicalIndex").items():
            lab.holds((places,) in tree.of("entPhysicalDescr"),
                      "module %s is nowhere" % (index,))
        lab.same("rows of the load", set(tree.of(
            "juniSystemModuleCpuUtilPct")), set(descr))
        chassis = [index for index, kind in tree.of(
            "entPhysicalClass").items() if kind == 3]
        lab.same("chassis", len(chassis), 1)
        lab.same("its model", one("entPhysicalModelName", chassis[0]),
                 "ERX-310")

    @lab.claim("a tunnel is an interface of its type, below its IP")
    def _():
        for index, name in tree.of("ermineTunnelName").items():
            lab.same("ifType", one("ifType", index), 131)
            lab.same("juniIfType", one("juniIfType", index), 43)
            lab.same("ifName", one("ifName", index),
                     "ipsec:" + name.decode())
        lab.same("ifType of loopbacks", sorted(
            kind for index, kind in tree.of("ifType").items()
            if tree.of("ifName")[index].startswith(b"loopback")), [24, 24])


def without_its_router(tree, router):
    def ask(name, index=(0,)):
        answer = tree.client.get(tree.known.objects[name].oid + index)
        return answer.error, answer.binds[0][2]

    @lab.claim("without its router: what was read, and its age; else genErr")
    def _():
        name = sorted(tree.of("ermineTunnelName").items())[0]
        lab.same("before", ask("ermineTunnelName", name[0]), (0, name[1]))
        router.kill()
        lab.wait_for("the agent to see it", lambda: ask(
            "ermineSystemDaemonReachable") == (0, 2))
        lab.same("then", ask("ermineTunnelName", name[0]), (0, name[1]))
        lab.wait_for("the age to grow", lambda: ask(
            "ermineSystemAgeOfValues")[1] >= 2)
        lab.same("never read", tree.its.client("public@router2").get(
            tree.known.objects["juniIpsecTunnelStatInbAuthErrs"].oid
            + name[0]).error, GEN_ERR)

    @lab.claim("when it is back, it is asked again")
    def _():
        router.start()
        lab.wait_for("the agent to see it", lambda: ask(
            "ermineSystemDaemonReachable") == (0, 1))
        lab.same("its location", ask("sysLocation"), (0, b"rack 7"))
        lab.same("its tunnels", len(tree.client.walk(
            tree.known.objects["ermineTunnelName"].oid)), 6)


def main():
    router, its = agent.walker()
    tree = Tree(its, modules.Modules())
    walks(tree)
    random_points(tree)
    as_the_modules_say(tree)
    not_there(tree)
    writing(tree)
    sizes(tree)
    by_name(tree)
    contexts(tree)
    same_as_show(tree, router)
    what_managers_look_for(tree)
    without_its_router(tree, router)


lab.tell(main)
