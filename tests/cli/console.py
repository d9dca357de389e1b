#!/usr/bin/env python3
"""console.py [NAME...] - the shell at a terminal, key by key.

Each test opens a pseudo-terminal of its own with a copy of the lab two-site,
types, and waits for what must appear.  Prints
`ok NAME` or `FAIL NAME: why`, as tests/tools/run-tests reads it.

What libedit draws is looked at through Screen, which knows the few control
sequences of a vt100 that libedit sends.
"""
import fcntl
import glob
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("ERMINE_BUILD", "build"))
ERMINE = os.path.join(BUILD, "ermine")
WAIT_S = 60  # a lab looks each 30 s whether it is still wanted
WORK = tempfile.mkdtemp(prefix="ermine-console.")
ENABLE = ["enable 15"]
CONFIG = ENABLE + ["configure terminal"]
TUNNEL = CONFIG + ["interface tunnel ipsec:ottawa"]

CTRL = {name: bytes([ord(name) - 64]) for name in "ABCDEFHIKNPRUWXZ"}
UP, DOWN, LEFT, RIGHT = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C"


class Failure(Exception):
    pass


def check(condition, why):
    if not condition:
        raise Failure(why)


class Screen:
    """What a person sees: lines of text, as far as libedit's control
    sequences on a vt100 go."""

    TOKEN = re.compile(rb"\x1b\[([0-9;]*)([A-Za-z])|\x1b(.)|(.)", re.S)

    def __init__(self, raw, columns=80):
        self.columns = columns
        self.lines = [[]]
        self.row = self.column = 0
        self.bells = 0
        raw = re.sub(rb"\x1b(\[[0-9;]*)?$", b"", raw)  # half a sequence
        for arguments, letter, other, plain in self.TOKEN.findall(raw):
            if plain:
                self.put(plain)
            elif letter:
                self.control(letter, arguments)
            else:
                check(other in b"78=>", "unknown sequence ESC %r" % other)

    def put(self, byte):
        if byte == b"\r":
            self.column = 0
        elif byte == b"\n":
            self.row += 1
        elif byte == b"\b":
            self.column = max(0, self.column - 1)
        elif byte == b"\a":
            self.bells += 1
        elif byte != b"\0":
            if self.column == self.columns:
                self.row, self.column = self.row + 1, 0
            self.at(self.row)[self.column:self.column + 1] = [byte.decode(
                "latin-1")]
            self.column += 1
        self.at(self.row)

    def at(self, row):
        while len(self.lines) <= row:
            self.lines.append([])
        line = self.lines[row]
        line.extend(" " * (self.column - len(line)))
        return line

    def control(self, letter, arguments):
        count = int(arguments.split(b";")[0] or 1)
        if letter == b"A":
            self.row = max(0, self.row - count)
        elif letter == b"B":
            self.row += count
        elif letter == b"C":
            self.column += count
        elif letter == b"D":
            self.column = max(0, self.column - count)
        elif letter == b"K":
            del self.at(self.row)[self.column:]
        elif letter == b"J":
            del self.at(self.row)[self.column:]
            del self.lines[self.row + 1:]
        elif letter == b"P":
            del self.at(self.row)[self.column:self.column + count]
        elif letter == b"@":
            self.at(self.row)[self.column:self.column] = [" "] * count
        elif letter not in b"mhl":
            raise Failure("unknown sequence ESC [ %r %r" % (arguments, letter))

    def text(self):
        return [("".join(line)).rstrip() for line in self.lines]


def daemons(lab):
    """Process numbers of ermined for this lab folder."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if words[0].endswith("ermined") and lab in words:
            found.append(int(path.split("/")[2]))
    return found


def socket_names(prefix):
    """Names in the abstract namespace that begin so."""
    with open("/proc/net/unix") as file:
        return {word for word in file.read().split()
                if word.startswith(prefix)}


def make_lab(name):
    folder = os.path.join(WORK, name)
    if not os.path.isdir(folder):
        shutil.copytree(os.path.join(ROOT, "docs/labs/two-site"), folder,
                        ignore=shutil.ignore_patterns("state"))
    return folder


def take_terminal():
    """The terminal sends signals to the process that it controls."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Console:
    """One ermine at a pseudo-terminal."""

    def __init__(self, lab, *options, term="vt100", size=(24, 80),
                 controlling=False):
        self.lab = make_lab(lab)
        self.raw = b""
        self.seen = 0
        self.columns = size[1]
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", size[0], size[1], 0, 0))
        self.slave = slave
        self.mode = termios.tcgetattr(slave)
        environment = {key: value for key, value in os.environ.items()
                       if key != "TERM"}
        if term is not None:
            environment["TERM"] = term
        self.process = subprocess.Popen(
            [ERMINE, "--lab", self.lab, *options], stdin=slave, stdout=slave,
            stderr=slave, env=environment, start_new_session=True,
            preexec_fn=take_terminal if controlling else None)
        self.master = master
        self.expect("boston>" if "--router" not in options else ">")
        # Where the lab's SNMP agents are stands above the first prompt.
        told = re.match(rb"(?:SNMP of [^\n]*\n)*", self.raw).end()
        self.raw = self.raw[told:]
        self.seen -= told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)

    def read(self, timeout):
        ready, _, _ = select.select([self.master], [], [], timeout)
        if not ready:
            return False
        try:
            self.raw += os.read(self.master, 65536)
        except OSError:
            return False
        return True

    def type(self, keys):
        keys = keys.encode() if isinstance(keys, str) else keys
        while keys:
            _, ready, _ = select.select([], [self.master], [], 0.05)
            if ready:
                keys = keys[os.write(self.master, keys[:512]):]
            self.read(0)

    def expect(self, text):
        """Wait until the text comes after what was seen before; all of it."""
        wanted = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + WAIT_S
        while wanted not in self.raw[self.seen:]:
            if time.monotonic() > end or (
                    self.process.poll() is not None and not self.read(0)):
                raise Failure("no %r in %r" % (text, self.raw[self.seen:]))
            self.read(0.1)
        at = self.raw.index(wanted, self.seen) + len(wanted)
        part = self.raw[self.seen:at]
        self.seen = at
        return part.decode("utf-8", "replace").replace("\r", "")

    def line(self, text, prompt):
        """Type a line and wait for the prompt after it."""
        self.type(text + "\r")
        self.expect("\n")
        return self.expect("\n" + prompt) if prompt[0] == "\n" else \
            self.expect(prompt)

    def enter(self, lines, prompt):
        for text in lines[:-1]:
            self.type(text + "\r")
        self.type(lines[-1] + "\r")
        return self.expect(prompt)

    def screen(self):
        """The screen once nothing more comes."""
        while self.read(0.3):
            pass
        self.seen = len(self.raw)
        return Screen(self.raw, self.columns)

    def shows(self, fits):
        """Wait until nothing more comes and the lines of the screen fit."""
        end = time.monotonic() + WAIT_S
        while True:
            lines = self.screen().text()
            if fits(lines):
                return lines
            check(time.monotonic() < end and self.process.poll() is None,
                  "the screen is %r" % lines)

    def last_is(self, text):
        self.shows(lambda lines: [line for line in lines if line][-1:] ==
                   [text])

    def end(self):
        """The exit status; the terminal must be as it was."""
        while self.process.poll() is None:
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.wait()

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.mode


TESTS = []


def test(function):
    TESTS.append(function)
    return function


# ---- prompts and leaving ----

@test
def prompts_show_mode_router_and_host():
    with Console("prompts") as c:
        c.enter(["enable"], "boston#")
        c.enter(["configure terminal"], "boston(config)#")
        c.enter(["interface loopback 0"], "boston(config-if)#")
        c.enter(["exit"], "boston(config)#")
        c.enter(["virtual-router vrA"], "boston:vrA(config)#")
        c.enter(["interface tunnel ipsec:x"], "boston:vrA(config-if)#")
        c.enter(["virtual-router default"], "boston(config)#")
        c.enter(["discard"], "boston(config)#")
        c.enter(["hostname paris", "commit"], "paris(config)#")
        c.enter(["hostname boston", "commit"], "boston(config)#")
        c.enter(["end"], "boston#")
        c.enter(["exit"], "boston>")
        c.type("exit\r")
        check(c.end() == 0, "exit status")
        check(c.is_restored(), "the terminal is not as it was")


@test
def sub_modes_in_sub_modes_are_left_one_by_one():
    group = "boston(config-policy-list-classifier-group)#"
    with Console("nested") as c:
        c.enter(CONFIG + ["ip policy-list p"], "boston(config-policy-list)#")
        c.enter(["classifier-group a"], group)
        c.enter(["classifier-group b"], group)
        c.enter(["filter"], group)
        c.enter(["exit"], "boston(config-policy-list)#")
        c.enter(["classifier-group c"], group)
        c.enter(["no classifier-group c"], "boston(config-policy-list)#")
        c.enter(["classifier-group b"], group)
        c.enter(["show configuration | compare"],
                "+ip policy-list p\r\n ip policy-list p\r\n"
                "+ classifier-group a\r\n ip policy-list p\r\n"
                "+ classifier-group b\r\n+  filter\r\n" + group)
        c.enter(["no ip policy-list p"], "boston(config)#")
        c.enter(["discard"], "boston(config)#")


@test
def ctrl_z_leaves_configuration_from_any_depth():
    with Console("ctrlz") as c:
        c.enter(TUNNEL, "boston(config-if)#")
        c.type(CTRL["Z"])
        c.expect("^Z\r\n")
        c.expect("boston#")
        c.type(CTRL["Z"])  # in exec it does nothing
        c.expect("boston#")
        c.enter(["show ipsec lifetime"], "kilobytes is 102400\r\nboston#")


@test
def leaving_with_changes_asks():
    with Console("leave") as c:
        c.enter(TUNNEL + ["tunnel mtu 1400"], "boston(config-if)#")
        c.expect("boston(config-if)#")
        c.type(CTRL["Z"])
        c.expect("1 changed object is not committed: commit, discard, keep "
                 "or stay? [stay] ")
        c.type("\r")
        c.expect("boston(config-if)#")
        c.type("end\r")
        c.expect("[stay] ")
        c.type("perhaps\r")  # asked again
        c.expect("[stay] ")
        c.type(CTRL["C"])
        c.expect("boston(config-if)#")
        c.type("end\r")
        c.expect("[stay] ")
        c.type("keep\r")
        c.expect("is kept until")
        c.expect("boston#")
        c.enter(["show candidate | include mtu"], " tunnel mtu 1400")
        c.enter(["exit"], "boston>")
        c.type("exit\r")  # the end of the session is the candidate's, too
        c.expect("commit, discard or stay? [stay] ")
        c.type("s\r")
        c.expect("boston>")
        c.type("logout\r")
        c.expect("[stay] ")
        c.type("d\r")
        check(c.end() == 0, "exit status")


@test
def leaving_can_commit():
    with Console("leavecommit") as c:
        c.enter(TUNNEL + ["tunnel mtu 1400", "exit", "exit"], "[stay] ")
        c.type("c\r")
        c.expect("Commit complete, generation 2.")
        c.expect("boston#")
        c.enter(["show ipsec tunnel detail | include mtu"],
                " Tunnel mtu is 1400\r\nboston#")
        c.enter(["configure terminal", "interface tunnel ipsec:bad", "end"],
                "[stay] ")
        c.type("c\r")
        c.expect("the candidate is kept")
        c.expect("boston(config-if)#")
        c.type("end\r")
        c.expect("[stay] ")
        c.type("d\r")
        c.expect("boston#")


@test
def ctrl_d_ends_an_empty_line_only():
    with Console("ctrld") as c:
        c.type("show ipsec tunnelx" + "\x02\x04\r")  # back, delete
        c.expect("ottawa is up")
        c.type("\x04")
        check(c.end() == 0 and c.is_restored(), "exit status or terminal")
    with Console("ctrld") as c:
        c.enter(TUNNEL + ["tunnel mtu 1400"], "boston(config-if)#")
        c.type("\x04")
        c.expect("or stay? [stay] ")
        c.type("stay\r")
        c.expect("boston(config-if)#")
        c.type("\x04")
        c.expect("or stay? [stay] ")
        c.type("d\r")
        check(c.end() == 0, "exit status")


@test
def a_terminal_that_goes_away_ends_the_session():
    c = Console("hangup")
    c.enter(TUNNEL + ["tunnel mtu 1400"], "boston(config-if)#")
    os.close(c.slave)
    os.close(c.master)
    check(c.process.wait(WAIT_S) is not None, "still runs")
    end = time.monotonic() + WAIT_S
    while daemons(c.lab):
        check(time.monotonic() < end, "the lab did not end")
        time.sleep(0.02)


# ---- help and completion ----

@test
def help_in_its_three_forms_keeps_the_line():
    for term in ("vt100", "dumb"):
        with Console("help", term=term) as c:
            c.type("?")
            text = c.expect("boston>")
            check("  enable" in text and "Raise the privilege level" in text,
                  "no list of commands: %r" % text)
            check("configure" not in text, "above the level in force")
            c.type("sh?")
            text = c.expect("boston>sh")
            check("  show" in text and "  sleep" not in text, repr(text))
            c.type("ow ipsec tunnel ?")
            text = c.expect("boston>show ipsec tunnel ")
            for part in ("<cr>", "detail", "summary", "WORD", "ottawa"):
                check(part in text, "no %s in %r" % (part, text))
            c.type("\r")
            c.expect("IPSEC tunnel ottawa is up")


@test
def help_of_certificates_names_what_comes_next():
    with Console("help", term="dumb") as c:
        c.enter(ENABLE, "boston#")
        for line, parts in (
                ("ipsec key ", ("generate", "Make a key pair", "zeroize")),
                ("ipsec key generate rsa ", ("1024", "Weak, for old peers",
                                             "4096")),
                ("ipsec certificate import ", ("pem", "der", "pkcs12",
                                               "under a pass phrase")),
                ("ipsec certificate import pem a.cer ",
                 ("trusted", "passphrase", "<cr>")),
                ("show ipsec certificates ", ("<cr>", "Number of one"))):
            c.type(line + "?")
            text = c.expect("boston#" + line)
            for part in parts:
                check(part in text, "no %s in %r" % (part, text))
            c.type(CTRL["U"])
        c.enter(["configure terminal", "ipsec ca identity golden"],
                "boston(config-ca-identity)#")
        c.type("no ?")
        text = c.expect("boston(config-ca-identity)#no ")
        for part in ("crl", "enrollment", "issuer-identifier", "root"):
            check(part in text, "no %s in %r" % (part, text))


@test
def help_for_an_impossible_word_says_so():
    with Console("help", term="dumb") as c:
        c.type("show frob?")
        c.expect("%")
        c.expect("boston>show frob")


@test
def tab_completes_what_is_unique():
    for term in ("vt100", "dumb"):
        with Console("tab", term=term) as c:
            c.type("sh\tips\ttu\t")
            c.type("ot\t\r")
            c.expect("IPSEC tunnel ottawa is up")
            bells = c.raw.count(b"\a")
            c.type("s\t")
            c.expect("\a")
            check(c.raw.count(b"\a") == bells + 1, "bells")
            c.type("\x15show ipsec t\t")  # transform-set, tunnel
            c.expect("\a")


@test
def tab_knows_the_names_of_live_objects():
    with Console("names", term="dumb") as c:
        c.enter(CONFIG + ["virtual-router vrA", "virtual-router default"],
                "default\r\nboston(config)#")
        c.type("interface tunnel ips\t")
        c.expect("ipsec:ottawa ")
        c.type("\r")
        c.expect("boston(config-if)#")
        c.type("tunnel transform-set st\t")
        c.expect("strong ")
        c.type("\r")
        c.expect("boston(config-if)#")
        c.type("virtual-router vr\t\r")
        c.expect("boston:vrA(config)#")
        c.type("do show ipsec transform-set s\t\r")
        c.expect("strong = {esp-3des-hmac-sha}")


# ---- keys ----

@test
def history_comes_back():
    with Console("history") as c:
        c.enter(["show ipsec lifetime"], "102400\r\nboston>")
        c.enter(["show redundancy"], "standby.\r\nboston>")
        c.type(UP + UP)
        c.last_is("boston>show ipsec lifetime")
        c.type(DOWN)
        c.last_is("boston>show redundancy")
        c.type(CTRL["P"])
        c.last_is("boston>show ipsec lifetime")
        c.type(CTRL["N"] + CTRL["U"])
        c.enter(["show history"], "show history")
        c.expect("show redundancy")


@test
def keys_edit_the_line():
    with Console("keys") as c:
        c.type("ipsec tunnel" + "\x01" + "show " + "\x05" + " detail")
        c.last_is("boston>show ipsec tunnel detail")
        c.type(CTRL["W"] + b"summary")
        c.last_is("boston>show ipsec tunnel summary")
        c.type(CTRL["A"] + RIGHT * 4 + CTRL["K"])
        c.last_is("boston>show")
        c.type(b" xyz" + LEFT + CTRL["H"] + CTRL["D"])
        c.last_is("boston>show x")
        c.type(CTRL["B"] * 2 + CTRL["F"] + b"s")
        c.last_is("boston>show sx")
        c.type(CTRL["U"])
        c.last_is("boston>x")
        c.type(CTRL["E"] + CTRL["X"] + b"show ipsec lifetime\r")
        c.expect("seconds is 28800")


@test
def ctrl_c_gives_the_line_up():
    for term in ("vt100", "dumb"):
        with Console("ctrlc", term=term) as c:
            c.type("show version" + "\x01\x03" if term == "vt100"
                   else "show version\x03")
            c.expect("^C\r\n")
            c.expect("boston>")
            c.type("\x03")
            c.expect("^C\r\n")
            c.expect("boston>")
            c.shows(lambda lines: "show version^C" in lines[0])
            c.enter(["show ipsec lifetime"], "28800")


@test
def a_plain_terminal_takes_back_and_ignores_arrows():
    with Console("plain", term="dumb") as c:
        c.type("show xx\x7f\x08" + "ipsec foo\x17lifetime" + "\x1b[A\x1bOA\r")
        c.expect("seconds is 28800")
        c.type("rubbish\x15show redundancy\r")
        c.expect("standby")
        c.type("show ip\x12")
        c.expect("\r\nboston>show ip")


@test
def a_line_longer_than_the_screen_can_be_edited():
    with Console("longline", size=(24, 40)) as c:
        c.type("show configuration | include " + "x" * 60)
        c.type(CTRL["A"] + CTRL["K"] + b"show ipsec lifetime\r")
        c.expect("seconds is 28800")


@test
def help_and_messages_come_below_a_long_line():
    with Console("below", size=(24, 40)) as c:
        c.type("ping 10.1.2.3 10 source address 10.1.0.1 data-size 7")
        c.type(CTRL["A"] + b"?")
        c.expect("dir ")
        c.expect("terminal")
        c.shows(lambda lines: "data-size 7" in lines[1] and
                lines[-2:] == lines[:2])
        c.type("\x05?")
        c.expect("Bytes of payload")
        c.shows(lambda lines: any("data-size 7?" in line for line in lines))


@test
def events_of_the_log_come_above_the_prompt_where_they_are_wanted():
    with Console("events") as c:
        c.enter(["enable", "configure terminal", "log severity info stTunnel",
                 "commit"], "generation 2")
        c.enter(["interface loopback 5", "commit"], "generation 3")
        c.expect("boston(config-if)#")
        c.enter(["run log here"], "boston(config-if)#")
        c.enter(["interface loopback 6", "commit"],
                "info stTunnel UP interface loopback 6")
        c.enter(["run log here off"], "boston(config-if)#")
        c.enter(["interface loopback 7", "commit"], "generation 5")
        c.enter(["run show users"], "user")
        check(b"UP interface loopback 5" not in c.raw, "came unasked")
        check(b"UP interface loopback 7" not in c.raw, "came after off")


# ---- the pager ----

@test
def the_pager_stops_after_a_screen():
    with Console("pager", term="vt100") as c:
        c.enter(ENABLE, "boston#")
        c.type("show configuration\r")
        text = c.expect(" --More-- ")
        check(text.count("\n") == 24, "%d lines" % text.count("\n"))
        c.type("\r")  # one line more
        text = c.expect(" --More-- ")
        check(len([line for line in text.split("\n")]) == 2, repr(text))
        c.type(" ")
        c.expect("! End of generated configuration script.")
        c.expect("boston#")
        c.shows(lambda lines: not any(" --More--" in line for line in lines))
        c.type("show configuration\r")
        c.expect(" --More-- ")
        c.type("q")
        text = c.expect("boston#")
        check("End of" not in text, repr(text))


@test
def the_pager_filters():
    with Console("pagerfilter", term="dumb") as c:
        c.enter(ENABLE, "boston#")
        c.type("show ip drops\r")
        c.expect(" --More-- ")
        c.type("/sequence-end\r")
        text = c.expect("boston#")
        check("sequence-end" in text and "out-selector" not in text,
              repr(text))
        c.type("show ip drops\r")
        c.expect(" --More-- ")
        c.type("-out\r")
        text = c.expect(" --More-- ")
        c.type(" ")
        text += c.expect("boston#")
        check("encrypt-failed" in text and "no-outbound" not in text,
              repr(text))
        c.type("show ip drops\r")
        c.expect(" --More-- ")
        c.type("+(\r")
        c.expect("regular expression")


@test
def the_pager_can_be_turned_off_and_sized():
    with Console("length", term="dumb") as c:
        c.enter(ENABLE + ["terminal length 0", "show configuration"],
                "! End of generated configuration script.")
        check(b"--More--" not in c.raw, "pager")
        c.enter(["terminal length 5", "show configuration"], " --More-- ")
        check(c.raw.split(b"show configuration")[-1].count(b"\n") == 5,
              "lines")
        c.type("q")
        c.expect("boston#")
        c.enter(["terminal width 200", "terminal length 0"], "boston#")


@test
def long_lines_fill_more_than_one_row():
    with Console("wrapped", term="dumb", size=(12, 60)) as c:
        c.enter(ENABLE, "boston#")
        c.type("show ip drops\r")
        rows = 0
        for line in c.expect(" --More-- ").split("\n")[1:-1]:
            rows += max(1, -(-len(line) // 60))
        check(rows <= 11, "%d rows on a screen of 12" % rows)
        c.type("q")


# ---- terminals that know nothing ----

@test
def no_escape_sequence_where_none_is_understood():
    for term in ("dumb", "network", None, "", "xyzzy", "unknown"):
        with Console("plainterm", term=term) as c:
            c.type("?" + "sh\tipsec tun\t?\r")
            c.expect("ottawa is up")
            c.enter(TUNNEL, "\nboston(config-if)#")
            c.enter(["tunnel frob"], "marker")
            c.type("tunnel mtu 1400\r\x1a")
            c.expect("[stay] ")
            c.type("d\r")
            c.expect("boston#")
            c.type("show configuration\r")
            c.expect(" --More-- ")
            check(b"boston#show configuration\r\n" in c.raw,
                  "the command is not on the prompt's line")
            c.type(" ")
            c.expect("boston#")
            c.type("logout\r")
            c.end()
            check(b"\x1b" not in c.raw, "TERM=%s: an escape byte" % term)


@test
def the_caret_points_under_the_typed_word():
    with Console("caret", term="dumb") as c:
        c.enter(TUNNEL, "boston(config-if)#")
        c.type("tunnel frob\r")
        c.expect("marker")
        lines = c.screen().text()
        at = next(i for i, line in enumerate(lines) if "frob" in line)
        check(lines[at + 1].index("^") == lines[at].index("frob"),
              lines[at:at + 2])
        check(all(len(line) <= 80 for line in lines), "a line of over 80")


@test
def no_typed_key_is_shown_again():
    secret = "0123456789abcdef" * 3
    with Console("secret", term="dumb") as c:
        c.enter(TUNNEL + ["tunnel session-key-inbound esp-3des 0x1001 %s"
                          % secret], "boston(config-if)#")
        c.expect("boston(config-if)#")  # the one after the secret
        before = c.raw.count(secret.encode())
        c.enter(["do show history"], "esp-3des 0x1001 " + "*" * 48)
        check(c.raw.count(secret.encode()) == before, "the history shows it")


# ---- other sessions, the daemon's end ----

@test
def a_message_leaves_the_typed_line_alone():
    for term in ("vt100", "dumb"):
        with Console("notice", term=term) as c:
            c.type("show ipsec li")
            c.expect("i")
            other = subprocess.run(
                [ERMINE, "--lab", c.lab, "-c", "configure terminal", "-c",
                 "ipsec lifetime seconds %d" % (3000 + len(term)), "-c",
                 "commit"], stdin=subprocess.DEVNULL, capture_output=True)
            check(other.returncode == 0, other.stderr)
            c.expect("ommit")
            c.expect("boston>show ipsec li")
            c.type("fetime\r")
            c.expect("seconds is %d" % (3000 + len(term)))


@test
def a_daemon_that_dies_is_told_at_once():
    for term in ("vt100", "dumb"):
        with Console("death" + term, term=term) as c:
            c.type("show ipsec lif")
            c.expect("lif" if term == "dumb" else "f")
            os.kill(daemons(c.lab)[0], signal.SIGKILL)
            text = c.expect("the candidate of this session is gone.")
            check("connection to ermined is lost" in text, repr(text))
            check(c.end() == 3, "exit status")
            check(c.is_restored(), "the terminal is not as it was")


@test
def a_daemon_that_dies_under_the_pager_is_told_too():
    with Console("deathpager", term="dumb") as c:
        c.enter(ENABLE, "boston#")
        c.type("show configuration\r")
        c.expect(" --More-- ")
        os.kill(daemons(c.lab)[0], signal.SIGKILL)
        c.expect("connection to ermined is lost")
        check(c.end() == 3 and c.is_restored(), "exit status or terminal")


# ---- pasting, collecting ----

@test
def a_pasted_script_arrives_whole():
    script = []
    for number in range(100):
        script += ["interface loopback %d" % (number + 1),
                   " ip address 172.%d.%d.1 255.255.255.0"
                   % (16 + number // 250, number % 250),
                   " exit", "!", ""]
    for term in ("vt100", "dumb"):
        with Console("paste" + term, term=term) as c:
            c.enter(CONFIG + ["terminal length 0"], "length 0\r\n")
            c.type("\r".join(script) + "\r")
            c.enter(["show candidate | include ^interface loopback"],
                    "interface loopback 100\r\n")
            check(b"%" not in c.raw, "an error: %r" % c.raw[
                c.raw.find(b"%"):][:200])
            c.enter(["commit"], "Commit complete, generation 2.")


class Rancid:
    """The collector's rules of reading, re-told from its own code."""

    COMMANDS = ["show version", "show redundancy", "show boot",
                "show environment all", "dir", "show hardware",
                "show configuration"]

    def __init__(self, console):
        c = self.console = console
        c.type("enable\r")
        c.expect("\r\nboston#")
        c.type("\r")
        text = c.expect("#")
        check(text.split("\n")[-1] == "boston#", "prompt %r" % text)
        # the prompt, cut to eleven characters before the final '#'
        self.prompt = re.compile(
            re.escape("boston"[:11]) + r"([^#>\r\n]+)?[#>](\([^)\r\n]+\))?")
        for command in ["terminal length 0", "terminal width 132"] + \
                self.COMMANDS:
            c.type(command + "\r")
            c.expect(command + "\r\n")
            self.wait_for_prompt()
        c.type("exit\r")
        c.expect("exit\r\n")
        c.expect(">")
        c.type("exit\r")
        check(c.end() == 0, "exit status")
        self.text = c.raw.decode().replace("\r", "")

    def wait_for_prompt(self):
        end = time.monotonic() + WAIT_S
        while True:
            part = self.console.raw[self.console.seen:].decode()
            found = self.prompt.search(part)
            if found and part.endswith(found.group(0)):
                return
            check(time.monotonic() < end, "no prompt in %r" % part)
            check("--More--" not in part, "the pager")
            self.console.read(0.1)

    def collect(self):
        """What would be stored: command -> lines."""
        lines = self.text.split("\n")
        stored, prompt, command = {}, None, None
        clean = False
        for line in lines:
            found = re.search(
                r"#\s*(%s)\s*$" % "|".join(self.COMMANDS), line)
            if re.search(r"#\s?exit$", line):
                clean = True
            if found:
                if prompt is None:
                    prompt = re.match(r"^([^#]+#)", line).group(1)
                command = found.group(1)
                stored[command] = []
            elif prompt is not None and line.startswith(prompt):
                command = None
            elif command is not None and line.strip() not in ("", command):
                stored[command].append(line)
        missing = [name for name in self.COMMANDS if name not in stored]
        check(not missing, "missed cmd(s): %s" % missing)
        check(clean, "no `#exit`")
        check(any(re.match(r"! End of ", line, re.I)
                  for line in stored["show configuration"]), "no end marker")
        for name, answer in stored.items():
            check(answer, "`%s` has no answer" % name)
            check(not any(re.match(r"^\s*\^$|.*Ambiguous command", line)
                          for line in answer), "%s: refused" % name)
        return {name: [line for line in map(self.without_time, answer)
                       if line is not None]
                for name, answer in stored.items()}

    @staticmethod
    def without_time(line):
        if re.match(r"! Configuration script |! Copyright ", line) or \
                re.match(r"System running for:|\s+\(since ", line):
            return None
        return re.sub(r"\s+\S+$", "", line) if re.match(
            r"^\d+\s+online", line) else line


@test
def a_collector_gets_the_same_twice():
    # one lab over both collections: another session holds it open
    with Console("rancid", term="dumb"):
        for term in ("network", None):
            with Console("rancid", term=term, size=(0, 0)) as c:
                first = Rancid(c).collect()
            with Console("rancid", term=term, size=(0, 0)) as c:
                second = Rancid(c).collect()
            for name in first:
                check(first[name] == second[name], "`%s` differs: %r and %r"
                      % (name, first[name], second[name]))


# ---- levels, banners, idle sessions ----

@test
def a_level_with_a_secret_is_asked_for():
    with Console("secret") as c:
        c.enter(CONFIG + ["enable secret alpha", "commit", "end"],
                "generation 2.")
        c.enter(["disable"], "boston>")
        c.type("enable 5\r")
        c.expect("boston#")
        c.type("enable\r")
        c.expect("Password: ")
        c.type("guess\r")
        c.expect("*****")
        c.expect("Password: ")
        c.type("alp?ha" + CTRL["U"].decode() + "alpha\r")
        c.expect("\n")
        c.expect("boston#")
        c.enter(["show privilege"], "Privilege level is 10\r\nboston#")
        c.enter(["disable"], "boston>")
        c.type("enable 15\r")
        c.expect("Password: ")
        c.type(CTRL["C"])
        c.expect("% Access denied.")
        c.expect("boston>")
        text = c.enter(["show history"], "show history\r\nboston>")
        check("enable secret *****" in text, text)
        check(b"guess" not in c.raw, "the guess was echoed")
        for _ in range(2):  # the third one was above
            c.type("enable\r")
            c.expect("Password: ")
            c.type("wrong\r")
            c.expect("Password: ")
            c.type(CTRL["C"])
            c.expect("boston>")
        c.type("enable\r")
        c.expect("3 bad passwords")
        c.expect("boston>")


@test
def banners_go_over_several_lines_and_greet():
    for term in ("vt100", "dumb"):
        with Console("banner" + term, term=term) as c:
            c.enter(CONFIG, "boston(config)#")
            c.type("banner motd ^C\r  Who are you?\tTab\r!\rno hostname\r"
                   "^C\r")
            c.expect("boston(config)#")
            c.line("banner exec %one%", "boston(config)#")
            c.line("banner login #given up", "the character '#'.")
            c.type(CTRL["C"])
            c.expect("boston(config)#")
            text = c.line("show candidate | include banner",
                          "boston(config)#")
            check("banner motd %\\n  Who are you? Tab\\n!\\nno hostname"
                  "\\n%" in text, text)
            check("banner login" not in text, text)
            c.enter(["commit", "end"], "boston#")
            with Console("banner" + term, term=term) as d:
                greeting = d.raw.decode().replace("\r", "")
                check("\n  Who are you? Tab\n!\nno hostname\n" in greeting,
                      greeting)
                check(greeting.index("hostname") < greeting.index("one\n")
                      < greeting.index("boston>"), greeting)


@test
def an_idle_console_is_closed_and_says_so():
    for term in ("vt100", "dumb"):
        with Console("idle" + term, term=term) as other:
            other.enter(CONFIG + ["line console 0"], "boston(config-line)#")
            with Console("idle" + term, term=term) as c:
                c.enter(CONFIG + ["interface tunnel ipsec:idle"],
                        "boston(config-if)#")
                other.enter(["exec-timeout 0 1", "commit"], "generation 2.")
                c.expect("was idle for too long and is closed.  1 uncommitted "
                         "changed object is discarded.")
                check(c.end() == 0, "exit status")
                check(c.is_restored(), "the terminal is not as it was")


@test
def a_line_sets_the_size_of_the_screen():
    with Console("screen") as other:
        other.enter(CONFIG + ["line console 0", "length 5", "width 40",
                              "commit"], "generation 2.")
        with Console("screen", size=(50, 132)) as c:
            c.type("show version\r")
            c.expect("--More--")
            c.type("q")
            c.expect("boston>")
            c.enter(["terminal length 0"], "boston>")
            check("--More--" not in c.line("show version", "boston>"), "pager")


@test
def a_message_keeps_the_line_that_is_typed():
    for term in ("vt100", "dumb"):
        with Console("keeps" + term, term=term) as c, \
                Console("keeps" + term, term="dumb") as d:
            c.type("show ipsec tun")
            c.expect("show ipsec tun")
            d.enter(CONFIG + ["virtual-router new", "commit"],
                    "generation 2.")
            c.expect("Generation 2 of the configuration was committed by")
            c.expect("boston>")
            c.expect("show ipsec tun")
            c.type("nel summary\r")
            c.expect("Total")


# ---- the lab ----

@test
def a_second_console_joins_the_other_router():
    with Console("join", term="dumb") as c, \
            Console("join", "--router", "ottawa", term="dumb") as d:
        d.enter(["show users"], "ottawa>")
        check(len(daemons(c.lab)) == 1, "there are two daemons")
        d.enter(["ping 10.1.0.1 source address 10.2.0.1"],
                "Success rate = 100% (5/5)")
        d.expect("ottawa>")
        c.enter(["show ipsec tunnel detail | include InUserPackets"],
                "InUserPackets        5")


@test
def the_lab_ends_with_its_last_session_and_leaves_nothing():
    with Console("ends", term="dumb") as c:
        before = sorted(os.listdir(c.lab))
        pid = daemons(c.lab)[0]
        with open("/proc/%d/cmdline" % pid) as file:
            words = file.read().split("\0")
        prefix = words[words.index("--lab-socket") + 1]
        check(len(socket_names(prefix)) == 2, "sockets of the lab")
        with Console("ends", "--router", "ottawa", term="dumb") as d:
            c.type("logout\r")
            c.end()
            d.enter(["show ipsec tunnel"], "boston is up")
            check(daemons(d.lab) == [pid], "it ended early")
            d.type("logout\r")
            d.end()
        end = time.monotonic() + WAIT_S
        while daemons(c.lab):
            check(time.monotonic() < end, "the daemon is still there")
            time.sleep(0.02)
        check(sorted(os.listdir(c.lab)) == before, "files were left")
        while socket_names(prefix):  # they go after the command line
            check(time.monotonic() < end, "sockets were left")
            time.sleep(0.02)


@test
def many_shells_at_once_start_one_lab():
    lab = make_lab("race")
    shells = [subprocess.Popen([ERMINE, "--lab", lab, "-c",
                                "show ipsec tunnel"],
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
              for _ in range(8)]
    for shell in shells:
        text = shell.communicate(timeout=WAIT_S)[0]
        check(shell.returncode == 0 and b"ottawa is up" in text, text)


@test
def another_user_has_another_lab():
    with Console("users", term="dumb") as c:
        check(socket_names("@ermine-lab-%d-" % os.getuid()),
              "the socket's name does not hold the user's number")
        c.type("logout\r")
        c.end()


def main():
    wanted = sys.argv[1:]
    failed = 0
    for function in TESTS:
        name = "console " + function.__name__
        if wanted and function.__name__ not in wanted:
            continue
        try:
            function()
            print("ok " + name, flush=True)
        except (Failure, OSError, ValueError, IndexError, StopIteration,
                subprocess.SubprocessError) as problem:
            failed += 1
            print("FAIL %s: %s" % (
                name, str(problem).replace("\n", " | ")[:600]), flush=True)
    for folder in glob.glob(WORK + "/*"):
        for pid in daemons(folder):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(WORK, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
