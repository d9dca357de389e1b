"""The text modules in mibs/, as libsmi reads them.

smidump turns each module into a Python dictionary; what a test wants of it is
the objects: number, type on the wire, range, names of values, access, index.
"""
import ast
import os
import pathlib
import re
import subprocess

import lab

MIBS = lab.ROOT / "mibs"
FOLDERS = [MIBS, MIBS / "base"]
PATH = ":".join(map(str, FOLDERS))  # as SMIPATH and snmp -M want it
# What net-snmp's tools call the types of values.
WIRE = {"IpAddress": "IpAddress", "TimeTicks": "Timeticks",
        "Counter32": "Counter32", "Counter64": "Counter64",
        "Gauge32": "Gauge32", "Unsigned32": "Gauge32",
        "Integer32": "INTEGER", "Enumeration": "INTEGER",
        "OctetString": "STRING", "Bits": "STRING",
        "ObjectIdentifier": "OID"}


def files():
    """The modules' files, by the module's name."""
    return {path.stem: path for folder in FOLDERS
            for path in sorted(folder.glob("*.mib"))}


def tool(*arguments):
    """Run one of libsmi's tools on our modules alone."""
    return subprocess.run(
        list(map(str, arguments)), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        env=dict(os.environ, SMIPATH=PATH)).stdout


def tree(name):
    text = tool("smidump", "-f", "python", files()[name])
    return ast.literal_eval(text[text.index("MIB = ") + len("MIB = "):])


class Object:
    """A scalar or a column."""

    def __init__(self, module, name, node):
        self.module = module
        self.name = name
        self.kind = node["nodetype"]
        self.oid = tuple(map(int, node["oid"].split(".")))
        self.access = node["access"]  # noaccess, notifyonly, readonly, ...
        self.status = node["status"]
        self.syntax = node["syntax"]["type"]
        self.base = self.alias = None
        self.ranges = []
        self.values = {}
        self.index = []  # objects; of a column

    @property
    def is_read(self):
        return self.access in ("readonly", "readwrite")

    @property
    def wire(self):
        return WIRE[self.alias if self.alias in WIRE else self.base]

    def allows(self, value):
        """May this value be answered?  A string counts by its length."""
        if self.values:
            return value in self.values
        return not self.ranges or any(low <= value <= high
                                      for low, high in self.ranges)


class Modules:
    def __init__(self):
        self.trees = {name: tree(name) for name in files()}
        self.types = {(module, name): kind
                      for module, one in self.trees.items()
                      for name, kind in one.get("typedefs", {}).items()}
        self.objects = {}
        self.notifications = {}
        for module, one in self.trees.items():
            for name, node in one.get("nodes", {}).items():
                if node["nodetype"] in ("scalar", "column"):
                    self.objects[name] = Object(module, name, node)
            for name, node in one.get("notifications", {}).items():
                self.notifications[name] = node
        for one in self.objects.values():
            self._resolve(one, one.syntax)
        self._index()
        self.by_oid = {one.oid: one for one in self.objects.values()}

    def _resolve(self, one, kind):
        """Follow a type to its base; the nearest range counts."""
        while True:
            if "ranges" in kind and not one.ranges:
                one.ranges = [(int(each["min"], 0), int(each["max"], 0))
                              for each in kind["ranges"]]
            if not one.values:
                one.values = {int(each["number"]): name
                              for name, each in kind.items()
                              if isinstance(each, dict)
                              and each.get("nodetype") == "namednumber"}
            parent = kind.get("parent module")
            if "basetype" in kind:
                one.base = kind["basetype"]
            if parent:
                following = (parent["name"], parent["type"])
            elif "basetype" in kind:  # "module" would be one of its values
                following = (None, None)
            else:
                following = (kind["module"], kind["name"])
            if following[1] in WIRE and one.alias is None:
                one.alias = following[1]
            if following not in self.types:
                break
            kind = self.types[following]
        if one.base is None:
            one.base = one.alias

    def _index(self):
        rows = {tuple(map(int, node["oid"].split("."))): (name, node)
                for one in self.trees.values()
                for name, node in one.get("nodes", {}).items()
                if node["nodetype"] == "row"}
        by_name = {name: node for name, node in rows.values()}
        for one in self.objects.values():
            if one.kind != "column":
                continue
            linkage = rows[one.oid[:-1]][1]["linkage"]
            if linkage and isinstance(linkage[0], dict):  # AUGMENTS
                other = next(iter(linkage[0].values()))["relatedNode"]
                linkage = by_name[other]["linkage"]
            one.index = [self.objects[name] for name in linkage]

    def of(self, *names):
        """Objects of these modules."""
        return [one for one in self.objects.values() if one.module in names]


def definitions(name):
    """What the text of a module says of each object, its clauses' words."""
    text = re.sub(r"--.*", "", files()[name].read_text())
    pattern = re.compile(
        r"^(\w+) OBJECT-TYPE\s+SYNTAX\s+(.*?)\s+(?:UNITS\s+\"[^\"]*\"\s+)?"
        r"MAX-ACCESS\s+(\S+)\s+STATUS\s+(\S+)\s+DESCRIPTION\s+\"([^\"]*)\""
        r"(?:\s+INDEX\s+\{([^}]*)\})?(?:\s+AUGMENTS\s+\{[^}]*\})?"
        r"(?:\s+DEFVAL\s+\{\s*(.*?)\s*\})?\s+::=", re.M | re.S)
    keys = ("syntax", "access", "status", "description", "index", "default")
    return {match[1]: dict(zip(keys, match.groups()[1:]))
            for match in pattern.finditer(text)}


def plain(syntax):
    """A syntax without the blanks that mean nothing."""
    return re.sub(r"\s*([(){},])\s*", r"\1", " ".join(syntax.split()))
