"""What the end-to-end tests share: programs, routers, sessions, verdicts.

A test works in a temporary folder that goes when the test ends, and ends
every process that it started.  It waits for conditions, never for a time;
a condition that does not come within WAIT_S is a failure.

A test prints one line for each of its claims, which is what run-tests reads:
    ok NAME        FAIL NAME: why
"""
import atexit
import ctypes
import fcntl
import itertools
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("ERMINE_BUILD", "build")).resolve()
ERMINE = str(BUILD / "ermine")
ERMINED = str(BUILD / "ermined")
WAIT_S = 60  # sanitizers and a busy machine included
SANITIZED = BUILD.name == "asan"  # there a sample of many cases is enough
PR_SET_PDEATHSIG = 1

DONE, REFUSED, USAGE, NO_CONNECTION = range(4)  # exit statuses of ermine


class Problem(Exception):
    """The world is not as the test needs it; ends the claim under test."""


# ---- verdicts ----

_suite = pathlib.Path(sys.argv[0]).stem
_failures = []


def ok(name):
    print("ok %s: %s" % (_suite, name), flush=True)


def fail(name, why):
    _failures.append(name)
    lines = str(why).splitlines() or ["it does not say why"]
    print("FAIL %s: %s: %s" % (_suite, name, lines[0]))
    for line in lines[1:]:
        print("    " + line)
    sys.stdout.flush()


def claim(name):
    """For a function that raises Problem, or whatever else, where the claim
    is false.  True: it holds."""

    def run(function):
        try:
            function()
        except Exception as problem:  # each claim stands alone
            where = problem.__traceback__
            while where.tb_next is not None:
                where = where.tb_next
            line = "%s:%d" % (os.path.basename(
                where.tb_frame.f_code.co_filename), where.tb_lineno)
            kind = type(problem).__name__
            prefix = "" if isinstance(problem, Problem) else kind + ": "
            text = str(problem).splitlines() or [kind]
            text[0] = "%s%s (%s)" % (prefix, text[0], line)
            fail(name, "\n".join(text))
            return False
        ok(name)
        return True

    return run


def same(what, is_now, should_be):
    if is_now != should_be:
        raise Problem("%s: %r, expected %r" % (what, is_now, should_be))


def holds(condition, why):
    if not condition:
        raise Problem(why)


def within(text, part, what="the answer"):
    if part not in text:
        raise Problem("%s does not say %r:\n%s" % (what, part, text))


def tell(*stories):
    """Run the whole test, and end with its exit status."""
    for story in stories:
        try:
            story()
        except Exception as problem:  # the next story stands alone
            fail(story.__name__, "%s: %s" % (type(problem).__name__, problem))
    sys.exit(1 if _failures else 0)


def wait_for(what, condition):
    """Poll until condition() is true; its value."""
    end = time.monotonic() + WAIT_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Problem("waited %d s for %s" % (WAIT_S, what))
        time.sleep(0.01)


def by_and_by(function):
    """For a function that is done again while it raises Problem: two programs
    are to say the same, and one of them may be a moment behind."""

    def run():
        end = time.monotonic() + WAIT_S
        while True:
            try:
                return function()
            except Problem:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)

    return run


# ---- the folder and the processes of this test ----

def die_with_us():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


_running = []
_folder = None


def start(arguments, before=die_with_us, **options):
    process = subprocess.Popen(arguments, preexec_fn=before, **options)
    _running.append(process)
    return process


def _cleanup():
    for process in _running:
        if process.poll() is None:
            process.kill()
            process.wait()
    if _folder is None:
        return
    for pid in daemons_of(_folder):
        os.kill(pid, signal.SIGKILL)
    if os.environ.get("ERMINE_KEEP"):
        print("kept: %s" % _folder)
    else:
        shutil.rmtree(_folder, ignore_errors=True)


def folder(name):
    """A fresh folder of this test."""
    global _folder
    if _folder is None:
        _folder = pathlib.Path(tempfile.mkdtemp(prefix="ermine-e2e."))
        atexit.register(_cleanup)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    path = _folder / name
    path.mkdir(parents=True)
    return path


_numbers = itertools.count()


def another_folder(name):
    """The same for what there is more than one of."""
    return folder("%s%d" % (name, next(_numbers)))


def daemons_of(lab):
    """The ermined processes that serve a folder below this one.  A lab's
    daemon is no child of ours: the shell has started it."""
    pids = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue  # it has ended
        if words[0].endswith("ermined") and any(
                (word + "/").startswith("%s/" % lab) for word in words[1:]):
            pids.append(int(entry.parent.name))
    return pids


# ---- one batch of the shell ----

def ermine(*arguments, stdin="", status=None):
    """Run the shell to its end.  status: the exit status that it must have."""
    run = subprocess.run([ERMINE, *map(str, arguments)], input=stdin,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, timeout=2 * WAIT_S)
    if status is not None and run.returncode != status:
        raise Problem("exit status %d, expected %d\n%s%s" % (
            run.returncode, status, run.stdout, run.stderr))
    return run


# ---- a router ----

class Router:
    """One ermined on a state folder of its own."""

    def __init__(self, name, chassis=""):
        self.home = folder(name)
        self.state = self.home / "state"
        self.socket = self.home / "socket"
        self.log = self.home / "log"
        self.process = None
        self.options = []
        self.chassis(chassis)

    def chassis(self, text):
        (self.home / "chassis").write_text(text)

    def launch(self):
        with open(self.log, "ab") as log:
            self.process = start(
                [ERMINED, "--foreground", "--state-dir", self.state,
                 "--socket", self.socket, "--chassis", self.home / "chassis",
                 *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        self.launch()
        wait_for("the router to listen", self._listens)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise Problem("ermined ended with status %d:\n%s" % (
                self.process.returncode, self.log.read_text()))
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def stop(self):
        self.process.terminate()
        same("exit status of ermined", self.process.wait(WAIT_S), 0)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def shell(self, *arguments, **options):
        return ermine("--socket", self.socket, *arguments, **options)

    def ask(self, *commands):
        """The commands' output; they must be accepted."""
        words = [word for command in commands for word in ("-c", command)]
        return self.shell(*words, status=DONE).stdout

    def json(self, command):
        answer = json.loads(self.ask(command + " | display json"))
        same("format of `%s`" % command, answer.get("format"), 1)
        return answer

    def rows(self, command):
        answer = self.json(command)
        names = [name for name in answer if name != "format"]
        same("keys of `%s`" % command, len(names), 1)
        return answer[names[0]]

    def load(self, script, status=DONE, ending="--commit"):
        """Type a script, as an operator who has it in a file."""
        path = self.home / "script"
        path.write_text(script)
        return self.shell("-f", path, ending, status=status)

    def drops(self):
        return {row["reason"]: row["packets"]
                for row in self.rows("show ip drops") if row["packets"] != 0}

    def tunnel(self, name):
        rows = self.rows("show ipsec tunnel detail ipsec:" + name)
        same("tunnels named " + name, len(rows), 1)
        return rows[0]

    def in_packets(self, interface):
        return self.rows("show ip interface " + interface)[0]["in_packets"]

    def integrity(self):
        """What sqlite3 says of a copy of the database, as a crash left it:
        the check itself would otherwise repair what the router has to."""
        copy = self.home / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for path in self.state.glob("config.db*"):
            shutil.copy(path, copy)
        return check_database(copy / "config.db")


def check_database(path):
    run = subprocess.run(
        ["sqlite3", str(path),
         "pragma integrity_check; pragma foreign_key_check;"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.stdout.strip()


# ---- a session that stays open ----

class Session:
    """A batch whose standard input is a pipe that stays open, typed into
    line by line, as by another program."""

    def __init__(self, *arguments):
        self.process = start([ERMINE, *map(str, arguments)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.input = self.process.stdin.fileno()
        self.output = self.process.stdout.fileno()
        self.text = b""
        self.seen = 0

    def type(self, *lines):
        try:
            for line in lines:
                os.write(self.input, line.encode() + b"\n")
        except BrokenPipeError:
            pass  # it has ended: expect() and close() tell what it said

    def read(self):
        """Take what there is; false at the end."""
        try:
            part = os.read(self.output, 65536)
        except OSError:  # how the end of a terminal looks like
            part = b""
        self.text += part.replace(b"\r", b"")
        return part != b""

    def expect(self, *parts):
        """Wait until one of these is in what came since the last time; the
        text up to its line's end."""
        end = time.monotonic() + WAIT_S
        while True:
            for part in parts:
                at = self.text.find(part.encode(), self.seen)
                line = self.text.find(b"\n", at) if at >= 0 else -1
                if line >= 0:
                    text = self.text[self.seen:line + 1].decode()
                    self.seen = line + 1
                    return text
            left = end - time.monotonic()
            ready, _, _ = select.select([self.output], [], [],
                                        max(left, 0))
            if not ready or not self.read():
                raise Problem("the session does not say %r%s:\n%s" % (
                    parts, "" if not ready else " and has ended",
                    self.text[self.seen:].decode()))

    def close(self):
        """End of input; the exit status."""
        self.hang_up()
        while self.read():
            pass
        return self.process.wait(WAIT_S)

    def hang_up(self):
        self.process.stdin.close()


def take_terminal():
    """Standard input becomes the terminal whose Ctrl-C is a signal."""
    die_with_us()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Console(Session):
    """The same with a person at a plain terminal: one wrong line does not
    end it."""

    def __init__(self, *arguments):
        self.input, terminal = pty.openpty()
        self.output = self.input
        self.process = start([ERMINE, *map(str, arguments)], stdin=terminal,
                             stdout=terminal, stderr=terminal,
                             before=take_terminal, start_new_session=True,
                             env=dict(os.environ, TERM="dumb"))
        os.close(terminal)
        self.text = b""
        self.seen = 0
        self.type("enable 15", "terminal length 0", "terminal width 512")

    def asks(self, question):
        """Wait for a question, after which no line ends; what came so far."""
        end = time.monotonic() + WAIT_S
        while question.encode() not in self.text[self.seen:]:
            left = max(end - time.monotonic(), 0)
            if (not select.select([self.output], [], [], left)[0] or
                    not self.read()):
                raise Problem("the session does not ask %r:\n%s" % (
                    question, self.text[self.seen:].decode()))
        text = self.text[self.seen:].decode()
        self.seen = len(self.text)
        return text

    def hang_up(self):
        self.type("\x04")
