#!/usr/bin/python3 -B
"""The catalogue of notifications (docs/reference/notifications.md, which is
generated from schemas/) against the text modules in mibs/: names, object
identifiers, and the objects in their order.
"""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402

PAGE = lab.ROOT / "docs/reference/notifications.md"
MIBS = "%s:%s" % (lab.ROOT / "mibs", lab.ROOT / "mibs/base")
# What may follow the objects that the module names (RFC 3416, 4.2.6).
MORE = {"ermineTunnelFailover": ["ermineTunnelOnBackup"],
        "linkDown": [], "linkUp": []}


def translate(*arguments):
    return subprocess.run(
        ["snmptranslate", "-M", MIBS, "-m", "ALL", "-IR", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={"PATH": os.environ["PATH"], "SNMPCONFPATH": "/dev/null",
             "SNMP_PERSISTENT_DIR": "/dev/null"},
        timeout=lab.WAIT_S).stdout.strip()


def main():
    text = PAGE.read_text()
    traps = re.findall(r"^\| `(\w+)`<br>([\d.]+) \|.*\| ([^|]*) \|$", text,
                       re.M)
    objects = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| (\w+) \|", text, re.M)

    @lab.claim("the page has notifications and objects")
    def _():
        lab.holds(len(traps) > 15 and len(objects) > 15, text)

    @lab.claim("names and object identifiers are those of the modules")
    def _():
        for name, oid in [pair[:2] for pair in traps + objects]:
            lab.same(name, translate("-On", name), "." + oid)

    @lab.claim("each tells the objects of its module, in that order")
    def _():
        for name, _, tells in traps:
            told = re.findall(r"`(\w+)`", tells)
            found = re.search(r"OBJECTS\s*\{([^}]*)\}",
                              translate("-Td", name))
            wanted = [word.strip() for word in found.group(1).split(",")
                      if word.strip()] if found else []
            lab.same(name, told, wanted + MORE.get(name, []))

    @lab.claim("types are those of the modules")
    def _():
        fits = {"integer": ("INTEGER", "Integer32"), "gauge32": ("Gauge32",),
                "octets": ("OCTET STRING",), "ipaddress": ("IpAddress",),
                "truth": ("INTEGER",), "time": ("OCTET STRING",)}
        for name, _, kind in objects:
            syntax = re.search(r"SYNTAX\s+(\S+(?: STRING)?)",
                               translate("-Td", name)).group(1)
            lab.holds(syntax in fits[kind], "%s is %s, not %s" % (
                name, syntax, kind))


lab.tell(main)
