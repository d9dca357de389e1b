"""terminal.py - the shell at a pseudo-terminal, for the programs that type.

Each test opens a pseudo-terminal of its own with a copy of the lab two-site,
types, and waits for what must appear.  main() runs the tests of a program,
or those that are named, and prints `ok NAME` or `FAIL NAME: why`.

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
