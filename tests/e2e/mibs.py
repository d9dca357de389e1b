#!/usr/bin/python3 -B
"""The text modules in mibs/: well formed, and those of the router as it has
them.

What the router has is in tests/vectors/router-mibs.txt.
"""
import collections
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402
import modules  # noqa: E402

ROUTER = ["Juniper-IPsec-Tunnel-MIB", "Juniper-IKE-MIB"]
ROUTER_ROOT = "1.3.6.1.4.1.4874.2.2."
FACTS = lab.ROOT / "tests/vectors/router-mibs.txt"

# All that smilint has to say at its strictest: names, which are what they are.
SPELLING = {"identifier-case-match", "previous-definition"}
TYPES_ALONE = {"type-unref"}
SAYS = {
    # The router's type and object differ in the case of a letter only.
    "Juniper-IPsec-Tunnel-MIB": SPELLING,
    "Juniper-System-MIB": SPELLING,
    "Juniper-UNI-IF-MIB": SPELLING,
    # Their names do not end in -MIB.
    "Juniper-MIBs": {"module-name-suffix"},
    "Juniper-UNI-SMI": {"module-name-suffix"},
    "Juniper-TC": {"module-name-suffix"} | TYPES_ALONE,
    "ERMINE-CAPABILITIES": {"module-name-suffix"},
    # The standards' own shapes.
    "SNMPv2-SMI": {"identifier-basetype-redefined", "type-without-format"},
    "SNMPv2-TC": {"type-without-format"} | TYPES_ALONE,
    "SNMP-FRAMEWORK-MIB": SPELLING | {"type-without-format"} | TYPES_ALONE,
    "INET-ADDRESS-MIB": {"type-without-format"} | TYPES_ALONE,
    "IANAifType-MIB": SPELLING | TYPES_ALONE,
    "IF-MIB": {"index-element-accessible"},
    "IP-MIB": {"index-element-accessible"},
}


def translate(*arguments):
    return subprocess.run(
        ["snmptranslate", "-M", modules.PATH, "-m", "ALL", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=60)


def lint():
    @lab.claim("smilint at its strictest objects to names alone")
    def _():
        for name, path in modules.files().items():
            told = modules.tool("smilint", "-l", "6", "-m", path)
            lines = told.splitlines()
            kinds = set(re.findall(r"\{([\w-]+)\}", told))
            odd = [line for line in lines
                   if not re.search(r"\{[\w-]+\}", line)]
            lab.same("what smilint says of %s beside its names" % name,
                     odd, [])
            lab.same("what smilint says of " + name, kinds,
                     SAYS.get(name, set()))


def read_by_net_snmp(known):
    @lab.claim("snmptranslate reads all modules without a word")
    def _():
        run = translate("-Tp")
        lab.same("exit status", run.returncode, 0)
        lab.same("complaints", run.stderr, "")
        for name in ["ermineTunnelTable", "juniIkeSa2Table", "ifXTable"]:
            lab.within(run.stdout, name)

    @lab.claim("snmptranslate knows each object by name and by number")
    def _():
        objects = list(known.objects.values())
        names = ["%s::%s" % (one.module, one.name) for one in objects]
        numbers = ["." + ".".join(map(str, one.oid)) for one in objects]
        run = translate("-On", *names)
        lab.same("complaints", run.stderr, "")
        lab.same("numbers", run.stdout.split(), numbers)
        run = translate(*numbers)
        lab.same("names", run.stdout.split(), names)


def facts():
    rows = collections.defaultdict(list)
    for line in FACTS.read_text().splitlines():
        if line and not line.startswith("#"):
            word, rest = line.split(" ", 1)
            rows[word].append(rest)
    return rows


def as_the_router_has_them(known):
    rows = facts()
    texts = {}
    for name in ROUTER:
        texts.update(modules.definitions(name))

    @lab.claim("tunnel and IKE objects: number, type, access, default")
    def _():
        seen = set()
        for row in rows["object"]:
            number, name, access, status, default, syntax = row.split(" ", 5)
            text = texts[name]
            lab.same("number of " + name,
                     ".".join(map(str, known.objects[name].oid)),
                     ROUTER_ROOT + number)
            lab.same("access of " + name, text["access"], access)
            lab.same("status of " + name, text["status"], status)
            lab.same("syntax of " + name, modules.plain(text["syntax"]),
                     modules.plain(syntax))
            lab.same("default of " + name, text["default"],
                     {"-": None, '""': "''H"}.get(default, default))
            seen.add(name)
        ours = {one.name for one in known.of(*ROUTER)}
        lab.same("objects that the router does not have", ours - seen, set())
        lab.same("objects", len(seen), 117)

    @lab.claim("their tables' indexes")
    def _():
        for row in rows["table"]:
            table, *index = row.split()
            first = known.objects[index[0]]
            entry = table[:-len("Table")] + "Entry"
            lab.same("index of " + table,
                     texts[entry]["index"].replace(",", " ").split(), index)
            lab.same("index of " + table + " to libsmi",
                     [one.name for one in first.index], index)

    @lab.claim("their types' values")
    def _():
        for row in rows["type"]:
            name, *values = row.split()
            kinds = [kind for (module, known_as), kind in known.types.items()
                     if known_as == name and module in ROUTER]
            lab.same("types named " + name, len(kinds), 1)
            numbers = ["%s(%s)" % (value, each["number"])
                       for value, each in kinds[0].items()
                       if isinstance(each, dict)
                       and each.get("nodetype") == "namednumber"]
            lab.same("values of " + name, numbers, values)


def nothing_can_be_written(known):
    @lab.claim("the compliances and capabilities say that nothing is written")
    def _():
        told = modules.files()["ERMINE-CAPABILITIES"].read_text()
        varied = set(re.findall(
            r"VARIATION\s+(\w+)\s+ACCESS\s+read-only", told))
        writable = {one.name for one in known.objects.values()
                    if one.access == "readwrite" and one.status == "current"
                    and one.module.startswith(("Juniper-", "ERMINE"))}
        lab.same("VARIATIONs", varied, writable)
        for module in {known.objects[name].module for name in writable}:
            text = modules.files()[module].read_text()
            least = set(re.findall(
                r"OBJECT\s+(\w+)\s+MIN-ACCESS\s+read-only", text))
            own = {name for name in writable
                   if known.objects[name].module == module}
            lab.same("MIN-ACCESS of " + module, least, own)

    @lab.claim("each object has a sentence of its own")
    def _():
        for name in modules.files():
            for one, text in modules.definitions(name).items():
                words = " ".join(text["description"].split())
                lab.holds(words.endswith("."),
                          "%s is described by %r" % (one, words))
                lab.holds(len(words) <= 300, "%s has a long story" % one)
        lab.same("objects without a definition that is understood",
                 [one.name for one in known.objects.values()
                  if one.name not in modules.definitions(one.module)], [])


def main():
    known = modules.Modules()
    lint()
    read_by_net_snmp(known)
    as_the_router_has_them(known)
    nothing_can_be_written(known)


lab.tell(main)
