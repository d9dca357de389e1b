#!/usr/bin/python3 -B
"""Scripts and automation: a long script with one wrong line changes nothing
and says where; the same file twice has nothing to do; a replacement leaves
what it does not change alone; what is printed as JSON loads again.  And the
examples of docs/automation.md are true.
"""
import json
import re
import sqlite3
import subprocess

import lab

WOULD_CHANGE = 4
TUNNELS = 500 if lab.SANITIZED else 5000  # of 10 lines each


def tunnel(number, mtu=1400):
    return """interface tunnel ipsec:site%05d
 ip address 172.%d.%d.1 255.255.255.252
 tunnel signaling manual
 tunnel source 192.0.2.1
 tunnel destination 198.51.%d.%d
 tunnel transform-set strong
 tunnel local-identity subnet 10.1.0.0 255.255.0.0
 tunnel session-key-inbound esp-hmac-sha %d %040x
 tunnel session-key-outbound esp-hmac-sha %d %040x
 tunnel mtu %d
""" % (number, 16 + number // 250, number % 250, number // 250 % 256,
       number % 250 + 1, 4096 + number, number + 1, 4096 + number, number + 1,
       mtu)


def site(count, **change):
    return """! Configuration script of a site
hostname automated
ipsec transform-set strong esp-hmac-sha
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
""" + "".join(tunnel(number, **change) for number in range(count))


def write(router, name, text):
    path = router.home / name
    path.write_text(text)
    return path


def counts(text):
    """The tunnels of a commit's answer, by what becomes of them."""
    return re.search(r"Tunnels: (.*)\.", text)[1]


def long_scripts():
    router = lab.Router("long").start()
    lines = site(TUNNELS).splitlines(keepends=True)
    good = write(router, "good", "".join(lines))
    middle = len(lines) // 2
    while "tunnel mtu" not in lines[middle]:
        middle += 1
    bad = write(router, "bad", "".join(
        lines[:middle] + [" tunnel mtu 14OO\n"] + lines[middle + 1:]))
    where = "%s:%d:13: " % (bad, middle + 1)

    @lab.claim("the log says that it serves, though the chassis has no name")
    def _():
        lab.wait_for("the line", lambda: "SERVING" in router.log.read_text())
        lab.within(router.log.read_text(), " the router, generation 0")

    @lab.claim("%d lines with one wrong one: nothing, and where it is"
               % (10 * TUNNELS))
    def _():
        lab.holds(len(lines) > 10 * TUNNELS, "too few lines")
        for options in (["--commit"], ["--replace", "--commit"], ["--check"]):
            run = router.shell("-f", bad, *options, status=lab.REFUSED)
            lab.same("lines that say where", [
                line for line in run.stderr.splitlines()
                if line.startswith(str(bad))], [
                    where + " tunnel mtu 14OO", where + "            ^",
                    where + "% Invalid input detected at '^' marker. "
                            "Expected a number from 160 to 9000."])
            lab.same("standard output", run.stdout, "")
        lab.same("hostname", router.ask(
            "show configuration | include hostname"), "")

    @lab.claim("a line that the daemon refuses is found as well")
    def _():
        refused = write(router, "refused", "".join(
            lines[:middle] + ["no interface tunnel ipsec:none\n"] +
            lines[middle + 1:]))
        run = router.shell("-f", refused, "--commit", status=lab.REFUSED)
        lab.within(run.stderr, "%s:%d: no interface tunnel ipsec:none\n" % (
            refused, middle + 1))
        lab.same("hostname", router.ask(
            "show configuration | include hostname"), "")

    @lab.claim("the same file twice has nothing to do the second time")
    def _():
        router.shell("-f", good, "--check", status=WOULD_CHANGE)
        run = router.shell("-f", good, "--commit", status=lab.DONE)
        lab.same("tunnels", counts(run.stdout), "%d created" % TUNNELS)
        for options in (["--commit"], ["--check"], ["--replace", "--check"]):
            run = router.shell("-f", good, *options, status=lab.DONE)
            lab.same("the answer", run.stdout, "Nothing to commit: the "
                     "candidate is what is running.\n")
        history = router.rows("show commit history")
        lab.same("commits", len(history), 1)

    @lab.claim("a replacement disturbs only what it changes")
    def _():
        text = good.read_text().replace(tunnel(7), tunnel(7, mtu=1300))
        text = text.replace(tunnel(8), "")
        changed = write(router, "changed", text)
        run = router.shell(
            "-f", changed, "--replace", "--check", status=WOULD_CHANGE)
        says = "1 removed, 1 changed live, %d untouched" % (TUNNELS - 2)
        lab.same("check", counts(run.stdout), says)
        run = router.shell("-f", changed, "--replace", "--commit",
                           status=lab.DONE)
        lab.same("commit", counts(run.stdout), says)

    @lab.claim("all of it as JSON, and back: no change")
    def _():
        path = router.home / "saved.json"
        router.ask("save %s | display json" % path)
        lab.same("tunnels", len(json.loads(
            path.read_text())["configuration"]["tunnel"]), TUNNELS - 1)
        run = router.shell("-f", path, "--replace", "--check", "--diff",
                           status=lab.DONE)
        lab.same("the answer", run.stdout, "Nothing to commit: the candidate "
                 "is what is running.\n")
        # another program's order of names and objects
        sorted_text = json.dumps(json.loads(path.read_text()), sort_keys=True,
                                 indent=1)
        other = write(router, "sorted.json", sorted_text)
        run = router.shell("-f", other, "--replace", "--check",
                           status=lab.DONE)
        wrong = write(router, "wrong.json", sorted_text.replace(
            '"mtu": 1300', '"mtu": 13000'))
        at = sorted_text[:sorted_text.index('"mtu": 1300')].count("\n") + 1
        run = router.shell("-f", wrong, "--replace", "--commit",
                           status=lab.REFUSED)
        lab.within(run.stderr, "%s:%d:" % (wrong, at))
        lab.within(run.stderr, "mtu: Expected a whole number from 160")

    router.stop()


# Of each way to be configured one: several lines, sub-modes in sub-modes,
# what is hashed and what is sealed, what is on by default.
ALL_KINDS = """hostname all
banner motd %Welcome
to the \\site
  "three"%
banner login ^Hi^
enable secret level 15 topsecret
enable secret level 5 hushhush
line vty 0 4
 exec-timeout 5 30
ip classifier-list office ip 10.1.0.0 0.0.255.255 any
ip classifier-list web tcp any any destination-port 80
ip classifier-list web udp host 10.1.0.1 any
ip policy-list corp
 classifier-group web precedence 10
  filter
 exit
 classifier-group office
  forward next-hop 10.9.0.2
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
 ip policy input corp
virtual-router isp
interface loopback 1
 ip address 192.0.2.1 255.255.255.255
no ipsec option nat-t
ipsec option dpd
ipsec local-endpoint 192.0.2.1
ip route 0.0.0.0 0.0.0.0 null 0
ipsec key manual pre-share 198.51.100.7
 key correct-horse
ipsec key manual pre-share identity branch.isp.net
 key "with blanks"
virtual-router default
ipsec ike-policy-rule 10
 encryption 3des
ipsec transform-set strong esp-hmac-sha
"""


def round_trips():
    router = lab.Router("kinds").start()
    script = write(router, "kinds.cfg", ALL_KINDS)

    @lab.claim("all kinds of configuration, back by script and by JSON")
    def _():
        router.shell("-f", script, "--replace", "--commit", status=lab.DONE)
        saved = router.home / "saved.cfg"
        in_json = router.home / "saved.json"
        router.ask("save %s" % saved, "save %s | display json" % in_json)
        kinds = json.loads(in_json.read_text())["configuration"]
        lab.same("kinds", len(kinds), 13)
        for path in script, saved, in_json:
            for options in [], ["--replace"]:
                run = router.shell("-f", path, "--check", "--diff", *options,
                                   status=lab.DONE)
                lab.same("the answer", run.stdout, "Nothing to commit: the "
                         "candidate is what is running.\n")

    @lab.claim("and from nothing")
    def _():
        in_json = router.home / "saved.json"
        before = router.ask("show configuration | exclude ^!")
        empty = write(router, "empty.cfg", "hostname x\n")
        router.shell("-f", empty, "--replace", "--commit", status=lab.DONE)
        router.shell("-f", in_json, "--replace", "--commit", status=lab.DONE)
        lab.same("configuration",
                 router.ask("show configuration | exclude ^!"), before)

    router.stop()


def hostname(router):
    return router.ask("show configuration | include ^hostname").split()[1]


def generations(router):
    return [row["generation"] for row in router.rows("show commit history")]


def commits_with_conditions():
    """--confirm and --commit-id: what the router promises of a commit."""
    router = lab.Router("conditions").start()
    before = write(router, "before.cfg", "hostname before\n")
    after = write(router, "after.cfg", "hostname after\n")
    router.shell("-f", before, "--replace", "--commit", status=lab.DONE)

    @lab.claim("--confirm goes back in time if nobody confirms")
    def _():
        run = router.shell("-f", after, "--replace", "--confirm", "7",
                           status=lab.DONE)
        lab.within(run.stdout, "Generation 2 will be rolled back in 7 minutes")
        lab.same("hostname", hostname(router), "after")
        router.kill()
        with sqlite3.connect(router.state / "config.db") as base:
            base.execute("UPDATE confirmation SET deadline_us = 1")
        base.close()
        router.start()
        lab.same("hostname", hostname(router), "before")

    @lab.claim("--confirm again gives more time, `commit` keeps it")
    def _():
        for minutes in "5", "9":
            run = router.shell("-f", after, "--replace", "--confirm", minutes,
                               status=lab.DONE)
            lab.within(run.stdout, "rolled back in %s minutes" % minutes)
        lab.same("commits", generations(router), [4, 3, 2, 1])
        router.shell("-f", after, "--replace", "--check", status=lab.DONE)
        lab.same("what waits", len(router.rows("show commit confirmed")), 1)
        lab.within(router.ask("commit"), "Generation 4 is confirmed.")
        lab.same("what waits", router.rows("show commit confirmed"), [])
        lab.same("hostname", hostname(router), "after")

    @lab.claim("--commit-id is committed once, whatever comes with it later")
    def _():
        for name, status in (before, "Commit complete"), (before, "Already"), \
                            (after, "Already"):
            run = router.shell("-f", name, "--replace", "--commit-id", "x-1",
                               status=lab.DONE)
            lab.within(run.stdout, status)
        lab.same("commits", generations(router), [5, 4, 3, 2, 1])
        lab.same("hostname", hostname(router), "before")
        run = router.shell("-f", after, "--replace", "--confirm", "3",
                           "--commit-id", "x-2", status=lab.DONE)
        lab.within(run.stdout, "rolled back in 3 minutes")
        run = router.shell("--commit-id", "x-2", "-c", "!", status=lab.DONE)
        lab.within(run.stdout, "Already committed with this id: generation 6.")

    router.stop()


def documented_examples():
    """Blocks of docs/automation.md that begin with `$ ` are run in turn; the
    lines after a command are what it prints, `[exit N]` its status."""
    router = lab.Router("documented").start()
    text = (lab.ROOT / "docs/automation.md").read_text()
    steps = []
    for block in re.findall(r"^```\n(\$ .*?)^```", text, re.M | re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            steps.append(step.partition("\n"))
    environment = {"PATH": "%s:/usr/bin:/bin" % lab.BUILD,
                   "S": str(router.socket), "LC_ALL": "C"}
    for command, _, expected in steps:
        @lab.claim("documented: " + command[:60])
        def _(command=command, expected=expected):
            run = subprocess.run(
                ["/bin/bash", "-c", command], cwd=router.home, text=True,
                env=environment, stdin=subprocess.DEVNULL, timeout=lab.WAIT_S,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            printed = run.stdout
            if run.returncode != 0:
                printed += "[exit %d]\n" % run.returncode
            lab.same("output", printed, expected)
    lab.claim("documented: there are examples")(
        lambda: lab.holds(len(steps) > 5, "found %d" % len(steps)))
    router.stop()


lab.tell(long_scripts, round_trips, commits_with_conditions,
         documented_examples)
