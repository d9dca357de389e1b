#!/usr/bin/python3 -B
"""The `mib` blocks of the schemas agree with the text modules in mibs/: what
the agent answers is what a manager that has read the modules expects.
"""
import pathlib
import re
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
import modules  # noqa: E402

SYNTAX = {"integer": "INTEGER", "gauge32": "Gauge32", "unsigned32": "Gauge32",
          "counter32": "Counter32", "counter64": "Counter64",
          "timeticks": "Timeticks", "ipaddress": "IpAddress",
          "octets": "STRING", "oid": "OID"}
# Modules all of which is served.
WHOLE = ["ERMINE-MIB", "Juniper-IPsec-Tunnel-MIB", "Juniper-IKE-MIB",
         "Juniper-ROUTER-MIB", "Juniper-UNI-IF-MIB", "Juniper-System-MIB",
         "IF-MIB", "IP-MIB", "ENTITY-MIB"]
# What the agent knows by itself, without the router.
OF_THE_AGENT = {"ermineSystemAgeOfValues", "ermineSystemDaemonReachable"}


class Block:
    def __init__(self, where, name, oid):
        self.where = where
        self.name = name
        self.oid = tuple(map(int, oid.split(".")))
        self.index = []
        self.objects = []  # (number, name, syntax, source, words)


def blocks():
    found = []
    for path in sorted((lab.ROOT / "schemas").glob("mib-*.schema")):
        block = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = shlex.split(line, comments=True)
            if not words:
                continue
            if not line.startswith(" "):
                block = None
            if words[0] == "mib":
                block = Block("%s:%d" % (path.name, number), *words[1:3])
                found.append(block)
            elif block and words[0] == "index":
                block.index += words[1:]
            elif block and words[0] == "object":
                block.objects.append((int(words[1]), *words[2:5], words[5:]))
    return found


def each(found):
    for block in found:
        for number, name, syntax, source, words in block.objects:
            yield block, number, name, syntax, source, words


def agreement(known, found):
    @lab.claim("each object of a mib block is in a module, at its number")
    def _():
        lab.holds(len(found) >= 10, "only %d blocks" % len(found))
        for block, number, name, *_ in each(found):
            lab.holds(name in known.objects,
                      "%s: no module has %s" % (block.where, name))
            lab.same("number of " + name, block.oid + (number,),
                     known.objects[name].oid)

    @lab.claim("none of them is an index that is not to be read")
    def _():
        for block, _, name, *_ in each(found):
            one = known.objects[name]
            lab.holds(one.is_read, "%s: %s is %s" % (
                block.where, name, one.access))

    @lab.claim("their types are the modules'")
    def _():
        for block, _, name, syntax, _, words in each(found):
            one = known.objects[name]
            lab.same("%s: type of %s" % (block.where, name), SYNTAX[syntax],
                     one.wire)
            if "date" in words:
                lab.same("type of " + name, one.alias or one.syntax["name"],
                         "DateAndTime")

    @lab.claim("the numbers that they give to words are the modules'")
    def _():
        for block, _, name, syntax, source, words in each(found):
            if syntax == "oid" or "date" in words:
                continue
            one = known.objects[name]
            numbers = re.findall(r"=(-?\d+)$", "\n".join([source, *words]),
                                 re.M)
            for number in numbers:
                value = int(number)
                if one.wire == "STRING":
                    value = len(number)
                if one.wire != "IpAddress":
                    lab.holds(one.allows(value), "%s: %s may not be %s" % (
                        block.where, name, number))

    @lab.claim("their index has as many parts as the modules say")
    def _():
        for block in found:
            kinds = {known.objects[name].kind
                     for _, name, *_ in block.objects}
            lab.same("kinds in " + block.where, len(kinds), 1)
            index = known.objects[block.objects[0][1]].index
            lab.same("%s: parts of the index" % block.where,
                     len(block.index), len(index))


def completeness(known, found):
    @lab.claim("what the modules have is served")
    def _():
        served = {name for _, _, name, *_ in each(found)}
        lab.same("objects that appear twice", sorted(
            name for name in served
            if sum(other == name for _, _, other, *_ in each(found)) > 1), [])
        text = modules.files()["ERMINE-CAPABILITIES"].read_text()
        without = set(re.findall(
            r"VARIATION\s+(\w+)\s+ACCESS\s+not-implemented", text))
        missing = sorted(
            "%s::%s" % (one.module, one.name) for one in known.of(*WHOLE)
            if one.is_read and one.status != "obsolete"
            and one.name not in served | OF_THE_AGENT | without)
        lab.same("objects without a mib block", missing, [])


def told():
    """What schemas/notifications.schema declares: varbinds by their column;
    (name, number, columns) of each notification."""
    varbinds, notifications = {}, []
    path = lab.ROOT / "schemas/notifications.schema"
    for line in path.read_text().splitlines():
        words = shlex.split(line, comments=True)
        if line.startswith("varbind"):
            varbinds[words[1]] = words[2:]
        elif line.startswith("notification"):
            notifications.append((words[2], words[3], []))
        elif words and words[0] == "tells":
            notifications[-1][2].extend(words[1:])
    return varbinds, notifications


def notifications_agree(known):
    varbinds, notifications = told()

    @lab.claim("what a notification tells is an object, at its number")
    def _():
        for name, number, syntax, instance in varbinds.values():
            one = known.objects[name]
            lab.same("number of " + name, number,
                     ".".join(map(str, one.oid)))
            lab.holds(one.access != "noaccess", "%s is not told" % name)
            lab.same("type of " + name, {"truth": "INTEGER", "time": "STRING"}
                     .get(syntax) or SYNTAX[syntax], one.wire)
            lab.same("kind of " + name, one.kind,
                     "scalar" if instance == "scalar" else "column")

    @lab.claim("notifications are the modules', with their objects first")
    def _():
        for name, number, columns in notifications:
            node = known.notifications[name]
            lab.same("number of " + name, number, node["oid"])
            names = [varbinds[column][0] for column in columns]
            wanted = list(node.get("objects", {}))
            lab.same("objects of " + name, names[:len(wanted)], wanted)

    @lab.claim("the modules' notifications are told")
    def _():
        ours = set(known.notifications)
        lab.same("notifications", {name for name, *_ in notifications}, ours)


def main():
    known = modules.Modules()
    notifications_agree(known)
    found = blocks()
    agreement(known, found)
    completeness(known, found)


lab.tell(main)
