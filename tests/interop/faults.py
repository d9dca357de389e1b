#!/usr/bin/python3 -B
"""Faults of the field, injected one by one; does the router say what is wrong?

    faults.py                       two of them
    faults.py all | NAME...         the faults of fault_table.py
    faults.py variants all|NAME...  the same kinds with other values
    faults.py --write FILE all      and the texts and verdicts as a page

What counts is what the router says by itself: its log at the default level,
`show ipsec tunnel NAME why` and `test ipsec tunnel NAME`.  For each fault the
table says which cause must be found, which words and values must be in it and
in what is to be changed; a cause that is said to be sure and is another one
makes the answer wrong, whatever else was said.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import lab  # noqa: E402
from fault_net import Net  # noqa: E402
from fault_table import BASE, FAULTS, TABLES  # noqa: E402

SIDE_BY_SIDE = 3
TWO = ("p1-encryption", "st-phase2-lost")

# What may be said beside the answer: it is true of many faults.
SYMPTOMS = {"nothing-back", "in-order", "no-answer", "silence", "refused",
            "proposal-refused", "dead-peer", "authentication", "unknown",
            "waiting"}


# ---- judging ----

def has_all(patterns, text):
    return [each for each in patterns if not re.search(each, text)]


def judge(fault, verdicts, whys):
    """(cause right, fix right, what is missing)"""
    wanted = fault["cause"].split()
    allowed = set(wanted) | set(fault.get("also", ())) | SYMPTOMS
    missing = []
    wrong = [row["cause"] for row in verdicts + whys
             if row.get("sure") and row["cause"] not in allowed]
    if wrong:
        missing.append("sure of " + ", ".join(wrong))
    answers = [row for row in verdicts + whys if row["cause"] in wanted]
    first = verdicts[0]["cause"] if verdicts else None
    if first is not None and first not in wanted and first not in (
            set(fault.get("also", ())) | {"in-order"}):
        missing.append("the test's first verdict is " + first)
    if not answers:
        return False, False, missing + ["no answer has the cause %s"
                                        % fault["cause"]]
    best = None
    for row in answers:
        said = " ".join(str(row.get(key, "")) for key in
                        ("sentence", "ours", "theirs"))
        lacks = has_all(fault["says"], said)
        fix = has_all(fault["fix"], str(row.get("fix", "")))
        if best is None or len(lacks) + len(fix) < len(best[0]) + len(best[1]):
            best = lacks, fix
    missing += ["says no " + each for each in best[0]]
    cause = not missing
    missing += ["fix has no " + each for each in best[1]]
    return cause, cause and not best[1], missing


def log_of(net):
    lines = net.ask("show log data").splitlines()
    return [line for line in lines if re.search(r"\b(ike|ipsec)\b", line)]


def run_one(name, fault):
    fault = dict(BASE, **fault)
    net = Net(name, fault)
    began = time.monotonic()
    try:
        net.up()
        fault["do"](net)
        tunnel = fault.get("tunnel", "peer")
        show = "show ipsec tunnel %s why" % tunnel
        why = net.ask(show)
        whys = net.rows(show)
        tested = net.rows("test ipsec tunnel " + tunnel)
        whys += net.rows(show)
        log = log_of(net)
        cause, fix, missing = judge(
            fault,
            [dict(row, sentence=row["verdict"]) for row in tested
             if row.get("cause")],
            [dict(row, sentence=row["why"]) for row in whys])
    finally:
        if os.environ.get("FAULTS_KEEP") is None:
            net.down()
    return {"name": name, "cause": cause, "fix": fix, "missing": missing,
            "log": log, "why": why, "test": tested,
            "seconds": round(time.monotonic() - began)}


# ---- the page ----

def text_of(tested):
    lines = []
    for row in tested:
        if row.get("text"):
            lines.append("%4d.%03d  %s" % (row["time_ms"] // 1000,
                                           row["time_ms"] % 1000, row["text"]))
            continue
        lines.append("%s: %s" % ("Verdict" if row.get("sure") else
                                 "Most likely", row["cause"]))
        for key, title in (("verdict", "Cause"), ("ours", "Ours"),
                           ("theirs", "Theirs"), ("fix", "Fix")):
            if row.get(key):
                lines.append("  %-9s %s" % (title + ":", row[key]))
    return "\n".join(lines)


HEAD = """# What the router says about faults

Written by `make faults`, which injects the faults one after the other between
this router and strongSwan ([tests/interop/faults.py](../tests/interop/faults.py)
says how, and what counts as right).  For each: what the log says at its default
level, `show ipsec tunnel NAME why`, and `test ipsec tunnel NAME`; the router
does not see the other side.  The causes are explained in
[reference/causes.md](reference/causes.md), the commands in
[operating.md](operating.md#why-a-tunnel-is-down-or-carries-nothing).

`make faults VARIANTS=1` does the same with other values of the same kinds.
A verdict is `Verdict` where there is no doubt; else it is a list, the most
likely first.

"""


def verdict_of(answer):
    if answer["cause"] and answer["fix"]:
        return "cause and fix"
    if answer["cause"]:
        return "cause only: " + "; ".join(answer["missing"])
    return "no: " + "; ".join(answer["missing"])


def write_page(path, answers):
    causes = sum(answer["cause"] for answer in answers)
    fixes = sum(answer["fix"] for answer in answers)
    with open(path, "w") as page:
        page.write(HEAD)
        page.write("Cause right in %d of %d, fix right in %d.\n\n"
                   "| fault | what is wrong | right |\n|---|---|---|\n" % (
                       causes, len(answers), fixes))
        for answer in answers:
            page.write("| [%s](#%s) | %s | %s |\n" % (
                answer["name"], answer["name"],
                FAULTS[answer["name"]]["wrong"], verdict_of(answer)))
        for answer in answers:
            page.write("\n## %s\n\n" % answer["name"])
            page.write(FAULTS[answer["name"]]["wrong"] + ".\n\n```\n")
            if answer["log"]:
                page.write("\n".join(answer["log"][:12]) + "\n\n")
            page.write("> show ipsec tunnel peer why\n%s\n\n"
                       "> test ipsec tunnel peer\n%s\n```\n" % (
                           answer["why"].strip(), text_of(answer["test"])))


def one(name, table):
    """In a process of its own, so that several can run side by side."""
    run = subprocess.run([sys.executable, "-B", __file__, "--one", table, name],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    try:
        return json.loads(run.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return {"name": name, "cause": False, "fix": False, "why": "",
                "log": [], "test": [], "seconds": 0,
                "missing": ["it could not be run: " + run.stdout[-2000:]]}


def main():
    words = sys.argv[1:]
    if words[:1] == ["--one"]:
        print(json.dumps(run_one(words[2], TABLES[words[1]][words[2]])))
        return
    table = "faults"
    page = None
    if words[:1] == ["--write"]:
        page = words[1]
        words = words[2:]
    if words[:1] == ["variants"]:
        table = words.pop(0)
    names = list(TABLES[table]) if words == ["all"] else words or TWO
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        answers = list(pool.map(lambda name: one(name, table), names))
    for answer in answers:
        tell_one(answer)
    if page is not None:
        write_page(page, answers)
    print("%d faults: cause right in %d, fix right in %d" % (
        len(answers), sum(a["cause"] for a in answers),
        sum(a["fix"] for a in answers)))


def tell_one(answer):
    if os.environ.get("FAULTS_VERBOSE") is not None:
        print("\n".join(answer["log"]))
        print(answer["why"])
        print(text_of(answer["test"]))
    if answer["cause"] and answer["fix"]:
        lab.ok("%s (%d s)" % (answer["name"], answer["seconds"]))
    else:
        lab.fail(answer["name"], "; ".join(answer["missing"]))


def can_run():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "needs root and /dev/net/tun"
    for program in "swanctl", "nft":
        if shutil.which(program) is None:
            return "needs " + program
    return None


if can_run() is not None:
    print("skip faults: " + can_run())
    sys.exit(0)
if sys.argv[1:2] == ["--one"]:
    main()
else:
    lab.tell(main)
