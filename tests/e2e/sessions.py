#!/usr/bin/python3 -B
"""Two sessions at once: each has a candidate of its own; what does not
collide is rebased, what does is refused, and the sentence names who changed
what.
"""
import os
import pwd

import lab
import transforms

NAME = "esp-3des-hmac-sha"
WHO = pwd.getpwuid(os.getuid()).pw_name


class Stage:
    """One router and what the claims share."""

    def __init__(self):
        self.router = lab.Router("router", "0/0 pcap out=out.pcap\n").start()
        self.router.load(transforms.script([transforms.by_name(NAME)]))
        self.at = ("--socket", self.router.socket)

    def running(self, part):
        lab.within(self.router.ask("show configuration"), part,
                   "the running configuration")


def in_tunnel(session, *lines):
    session.type("configure terminal", "interface tunnel ipsec:" + NAME,
                 *lines)


def ask(session, command, mark):
    """The output of a command of an open session: up to an answer that no
    configuration holds."""
    session.type(command, "show boot")
    return session.expect(mark)


def private(stage):
    one = lab.Session(*stage.at)
    two = lab.Session(*stage.at)
    in_tunnel(one, "tunnel mtu 1401")
    in_tunnel(two, "tunnel mtu 1402")
    first = ask(one, "show candidate", "System Configuration")
    second = ask(two, "show candidate", "System Configuration")
    running = stage.router.ask("show configuration")
    for text, has, lacks in ((first, "mtu 1401", "mtu 1402"),
                             (second, "mtu 1402", "mtu 1401"),
                             (running, "ipsec:" + NAME, "tunnel mtu")):
        lab.within(text, has)
        lab.holds(lacks not in text, "a candidate shows %r" % lacks)
    users = stage.router.rows("show users")
    lab.same("uncommitted changes of the sessions", sorted(
        user["uncommitted_changes"] for user in users), [0, 1, 1])
    for session in (one, two):
        lab.same("exit status of a batch that ends uncommitted",
                 session.close(), lab.REFUSED)


def collide(stage, loser, mtu):
    """One session commits an MTU, the other another; the loser's answer."""
    winner = lab.Session(*stage.at)
    in_tunnel(winner, "tunnel mtu %d" % mtu)
    in_tunnel(loser, "tunnel mtu %d" % (mtu + 1), "description kept")
    lab.within(ask(loser, "show candidate", "System Configuration"),
               "mtu %d" % (mtu + 1))
    winner.type("commit")
    winner.expect("Commit complete")
    lab.same("exit status of the first", winner.close(), lab.DONE)
    loser.type("commit")
    answer = loser.expect("Nothing was committed", "Commit complete")
    for part in ("interface tunnel ipsec:" + NAME, "tunnel mtu",
                 "tunnel mtu %d" % mtu, "by " + WHO):
        lab.within(answer, part, "the refusal")
    stage.running("tunnel mtu %d" % mtu)
    lab.holds("kept" not in stage.router.ask("show configuration"),
              "half of a refused commit is running")


def batch_collision(stage):
    loser = lab.Session(*stage.at)
    collide(stage, loser, 1300)
    lab.same("exit status of the second", loser.close(), lab.REFUSED)


def console_collision(stage):
    loser = lab.Console(*stage.at)
    collide(stage, loser, 1310)
    text = ask(loser, "show candidate", "System Configuration")
    lab.within(text, "tunnel mtu 1311", "the candidate that is kept")
    loser.type("tunnel mtu 1310", "commit")  # agree on it
    loser.expect("Commit complete")
    stage.running("tunnel mtu 1310")
    stage.running("description kept")
    loser.type("end", "exit", "exit")
    lab.same("exit status of the console", loser.close(), lab.DONE)


def disjoint(stage):
    one = lab.Session(*stage.at)
    two = lab.Session(*stage.at)
    in_tunnel(one, "description disjoint")  # the same object ...
    in_tunnel(two, "tunnel mtu 1290", "interface loopback 3",
              "ip address 10.3.0.1 255.255.255.0")  # ... another setting
    lab.within(ask(two, "show candidate", "System Configuration"), "10.3.0.1")
    one.type("commit")
    one.expect("Commit complete")
    two.type("commit")
    two.expect("Commit complete")
    for part in ("description disjoint", "tunnel mtu 1290",
                 "interface loopback 3"):
        stage.running(part)
    for session in (one, two):
        lab.same("exit status", session.close(), lab.DONE)


def removed_under(stage):
    stage.router.load("configure terminal\ninterface loopback 4\n"
                      " ip address 10.4.0.1 255.255.255.0\n")
    two = lab.Session(*stage.at)
    two.type("configure terminal", "interface loopback 4",
             "description orphan")
    ask(two, "show candidate", "System Configuration")
    stage.router.load("configure terminal\nno interface loopback 4\n")
    two.type("commit")
    answer = two.expect("Nothing was committed", "Commit complete")
    for part in ("interface loopback 4", "Removed", "by " + WHO):
        lab.within(answer, part, "the refusal")
    lab.same("exit status", two.close(), lab.REFUSED)
    lab.holds("loopback 4" not in stage.router.ask("show configuration"),
              "a removed object is back")


def created_twice(stage):
    two = lab.Session(*stage.at)
    two.type("configure terminal", "interface loopback 5",
             "ip address 10.5.0.2 255.255.255.0")
    ask(two, "show candidate", "System Configuration")
    stage.router.load("configure terminal\ninterface loopback 5\n"
                      " ip address 10.5.0.1 255.255.255.0\n")
    two.type("commit")
    answer = two.expect("Nothing was committed", "Commit complete")
    lab.within(answer, "10.5.0.1", "the refusal")
    lab.within(answer, "by " + WHO, "the refusal")
    lab.same("exit status", two.close(), lab.REFUSED)
    stage.running("10.5.0.1")


def main():
    stage = Stage()
    for name, story in (
            ("a candidate is its session's own", private),
            ("a batch that collides is refused, and told by whom",
             batch_collision),
            ("a console that collides keeps its candidate and goes on",
             console_collision),
            ("what does not collide is rebased", disjoint),
            ("an object that the other one removed", removed_under),
            ("an object that both created", created_twice)):
        lab.claim(name)(lambda story=story: story(stage))
    stage.router.stop()


lab.tell(main)
