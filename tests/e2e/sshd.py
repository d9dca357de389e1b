#!/usr/bin/python3 -B
"""The shell behind the system's own sshd, on loopback: by ForceCommand and
as a login shell, with and without a terminal, for who may do everything and
for who may only look.

sshd is started here with a configuration, a host key and a port of its own.
A login shell and a second user need root; without it these claims are
skipped.
"""
import grp
import os
import pathlib
import pwd
import select
import shutil
import socket
import subprocess
import pty
import time

import lab

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
IS_ROOT = os.geteuid() == 0
ME = pwd.getpwuid(os.getuid()).pw_name
READONLY = "ermine-readonly"

CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin yes
PrintMotd no
PrintLastLog no
Subsystem sftp /usr/lib/openssh/sftp-server
SetEnv ERMINE_SOCKET={socket}
{more}
"""

SCRIPT = """configure terminal
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
interface fastEthernet 0/0
 ip address 192.0.2.1 255.255.255.0
ipsec transform-set one esp-3des-hmac-sha
interface tunnel ipsec:site-b
 tunnel signaling manual
 ip address 172.16.1.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.2
 tunnel transform-set one
 tunnel session-key-inbound esp-3des-hmac-sha 401 {keys}
 tunnel session-key-outbound esp-3des-hmac-sha 501 {keys}
interface tunnel ipsec:site-c
 tunnel signaling manual
 shutdown
 ip address 172.16.2.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.3
 tunnel transform-set one
 tunnel session-key-inbound esp-3des-hmac-sha 402 {keys}
 tunnel session-key-outbound esp-3des-hmac-sha 502 {keys}
""".format(keys="0123456789abcdef23456789abcdef01456789abcdef0123 " + "2a" * 20)


def skip(name, why):
    print("skip sshd %s: %s" % (name, why), flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sshd:
    """One sshd of our own; more: lines for its configuration."""

    def __init__(self, name, router, more=""):
        self.home = lab.folder(name)
        self.port = free_port()
        self.log = self.home / "log"
        for key in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", str(self.home / key)], check=True)
        shutil.copy(self.home / "user_key.pub", self.home / "authorized_keys")
        (self.home / "config").write_text(CONFIG.format(
            port=self.port, home=self.home, socket=router.socket, more=more))
        if IS_ROOT:  # where sshd gives up its rights for a while
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = lab.start(
                [SSHD, "-D", "-e", "-f", str(self.home / "config")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        lab.wait_for("sshd to listen", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise lab.Problem("sshd ended:\n" + self.log.read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def options(self):
        return ["-F", "none", "-i", str(self.home / "user_key"),
                "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                "-o", "UserKnownHostsFile=" + str(self.home / "known")]

    def ssh(self, user, *words, before=()):
        return ["ssh", *self.options(), "-p", str(self.port), *before,
                "%s@127.0.0.1" % user, *words]

    def run(self, user, *words, stdin="", status=lab.DONE):
        run = subprocess.run(self.ssh(user, *words), input=stdin, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=2 * lab.WAIT_S)
        if run.returncode != status:
            raise lab.Problem("exit status %d, expected %d\n%s%s\n%s" % (
                run.returncode, status, run.stdout, run.stderr,
                self.log.read_text()))
        return run


class Terminal:
    """ssh -tt at a pseudo-terminal of our own."""

    def __init__(self, command, term="dumb"):
        self.fd, far = pty.openpty()
        self.process = lab.start(command, stdin=far, stdout=far, stderr=far,
                                 env=dict(os.environ, TERM=term))
        os.close(far)
        self.text = ""
        self.seen = 0

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, part):
        end = time.monotonic() + lab.WAIT_S
        while True:
            at = self.text.find(part, self.seen)
            if at >= 0:
                text = self.text[self.seen:at + len(part)]
                self.seen = at + len(part)
                return text
            ready, _, _ = select.select([self.fd], [], [],
                                        max(end - time.monotonic(), 0))
            try:
                data = os.read(self.fd, 65536) if ready else b""
            except OSError:
                data = b""
            if not data:
                raise lab.Problem("the terminal does not show %r:\n%s" % (
                    part, self.text[self.seen:]))
            self.text += data.decode("utf-8", "replace").replace("\r", "")

    def end(self):
        status = self.process.wait(lab.WAIT_S)
        os.close(self.fd)
        return status


# ---- what must hold, whichever way the shell is started ----

def interactive(sshd, user):
    terminal = Terminal(sshd.ssh(user, before=["-tt"]))
    terminal.expect("ermine>")
    terminal.type("enable 15\r")
    terminal.expect("ermine#")
    terminal.type("show ipsec tu\t")
    terminal.expect("show ipsec tunnel ")
    terminal.type("?")
    terminal.expect("summary")
    terminal.expect("ermine#show ipsec tunnel ")
    terminal.type("summary\r")
    terminal.expect("Total")
    terminal.type("show users | include vty\r")
    lab.within(terminal.expect("process"), "ssh 127.0.0.1 (told by ",
               "`show users`")
    terminal.type("configure terminal\r")
    terminal.expect("ermine(config)#")
    terminal.type("\x1a")
    terminal.expect("ermine#")
    terminal.type("logout\r")
    lab.same("exit status of the session", terminal.end(), 0)


def one_command(sshd, user):
    run = sshd.run(user, "show ipsec tunnel | include up")
    lab.within(run.stdout, "site-b is up")
    lab.holds("site-c" not in run.stdout, "the filter let site-c pass")
    run = sshd.run(user, "show version\nshow ipsec tunnel summary")
    lab.within(run.stdout, "Total")
    run = sshd.run(user, "show nothing", status=lab.REFUSED)
    lab.within(run.stderr, "% Invalid input detected", "standard error")
    lab.same("standard output of a wrong command", run.stdout, "")


def batch(sshd, user, name):
    run = sshd.run(user, stdin="configure terminal\nhostname %s\n"
                               "commit comment \"by ssh\"\n" % name)
    lab.within(run.stdout, "Commit complete")
    answer = sshd.run(user, "show commit history 1").stdout
    lab.within(answer, "ssh 127.0.0.1 (told by process", "the commit log")
    sshd.run(user, stdin="configure terminal\nno hostname\ncommit\n")
    run = sshd.run(user, stdin="configure terminal\nhostname x\nbroken\n",
                   status=lab.REFUSED)
    lab.within(run.stderr, "stdin:3:", "standard error")


def no_files(sshd, user):
    for words in (["-s", "sftp"], ["scp -t /tmp/x"], ["internal-sftp"],
                  ["/usr/lib/openssh/sftp-server"]):
        before = words[:-1]
        command = sshd.ssh(user, words[-1], before=before)
        run = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             timeout=2 * lab.WAIT_S)
        lab.same("exit status of " + " ".join(words), run.returncode,
                 lab.REFUSED)
        lab.same("standard output of " + words[-1], run.stdout, "")
        if "-s" not in words:  # sshd keeps standard error of a subsystem
            lab.within(run.stderr, "no files", "standard error")
    for protocol, said in (([], "Connection closed"), (["-O"], "no files")):
        run = subprocess.run(
            ["scp", *protocol, *sshd.options(), "-P", str(sshd.port),
             str(sshd.log), "%s@127.0.0.1:/tmp/x" % user], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=2 * lab.WAIT_S)
        lab.holds(run.returncode != 0, "scp says that it went well")
        lab.within(run.stdout, said, "what scp says")


def secret_in_a_batch(router, sshd, user):
    """A level with a secret is not given to a batch by itself; `enable` takes
    the secret from the next line.  The router's owner is not asked."""
    router.load("configure terminal\nenable secret alpha\n")
    run = sshd.run(user, "show configuration", status=lab.REFUSED)
    lab.within(run.stderr, "`enable 5`", "standard error")
    run = sshd.run(user, stdin="enable\nalpha\nshow privilege\n")
    lab.same("standard output", run.stdout, "Privilege level is 10\n")
    run = sshd.run(user, stdin="enable\nguess\nshow privilege\n",
                   status=lab.REFUSED)
    lab.within(run.stderr, "% Bad passwords.", "standard error")
    lab.holds("guess" not in run.stderr, "standard error tells the guess")
    router.load("configure terminal\nno enable secret\n")


def may_only_look(sshd, user):
    run = sshd.run(user, "show ipsec tunnel | include up")
    lab.within(run.stdout, "site-b is up")
    for command in ("configure terminal", "hostname mine",
                    "show configuration", "commit"):
        run = sshd.run(user, command, status=lab.REFUSED)
        lab.within(run.stderr, "needs privilege level", "standard error")
        lab.within(run.stderr, "may have 1 at most", "standard error")
        lab.same("standard output of " + command, run.stdout, "")
    terminal = Terminal(sshd.ssh(user, before=["-tt"]))
    terminal.expect("ermine>")
    terminal.type("configure terminal\r")
    terminal.expect("may have 1 at most")
    terminal.expect("ermine>")
    terminal.type("enable\r")
    terminal.expect("may have privilege level 1 at most")
    terminal.type("?")
    helped = terminal.expect("show ")
    lab.holds("configure" not in helped, "`?` tells of `configure`")
    terminal.type("logout\r")
    terminal.end()


# ---- users and groups of this host, for as long as the test runs ----

class Account:
    """A user; group: one of the router's, made if it is not there."""

    def __init__(self, name, shell, group=None):
        self.name = "ermine-%s-%d" % (name, os.getpid())
        self.made_group = None
        groups = []
        if group is not None:
            try:
                grp.getgrnam(group)
            except KeyError:
                subprocess.run(["groupadd", "--system", group], check=True)
                self.made_group = group
            groups = ["--groups", group]
        # a password that nothing hashes to: locked accounts get no ssh
        subprocess.run(["useradd", "--no-create-home", "--no-log-init",
                        "--home-dir", "/", "--shell", str(shell),
                        "--password", "*", *groups, self.name], check=True)

    def remove(self):
        subprocess.run(["userdel", self.name], check=False,
                       stderr=subprocess.DEVNULL)
        if self.made_group is not None:
            subprocess.run(["groupdel", self.made_group], check=False)


def open_way(path):
    """Let others reach the folder of this test, not what is in it."""
    path = pathlib.Path(path)
    while path != path.parent and path.owner() == ME:
        if (path.stat().st_mode & 0o011) != 0o011:
            path.chmod(path.stat().st_mode | 0o011)
        if path.name.startswith("ermine-e2e."):
            break
        path = path.parent


def start_router(name):
    router = lab.Router(name, "0/0 pcap out=out.pcap\n").start()
    router.load(SCRIPT)
    return router


def can_make_terminals():
    """Only root may give a terminal to the group tty, where the host does not
    do that by itself."""
    near, far = pty.openpty()
    group = os.fstat(far).st_gid
    os.close(near)
    os.close(far)
    return IS_ROOT or group == grp.getgrnam("tty").gr_gid


# ---- the stories ----

def force_command():
    router = start_router("forced")
    sshd = Sshd("forced-sshd", router, "ForceCommand %s" % lab.ERMINE)
    console = "a console with Tab and ?"
    if can_make_terminals():
        lab.claim("ForceCommand: " + console)(lambda: interactive(sshd, ME))
    else:
        skip("ForceCommand " + console,
             "this host's terminals are not of group tty, so an sshd without "
             "root has none to give")
    for name, check in (
            ("one command with a filter", lambda: one_command(sshd, ME)),
            ("a batch from standard input", lambda: batch(sshd, ME, "forced")),
            ("no files", lambda: no_files(sshd, ME))):
        lab.claim("ForceCommand: " + name)(check)
    router.stop()


def login_shell():
    names = ["login shell", "a user who may only look"]
    if not IS_ROOT:
        for name in names:
            skip(name, "accounts are made by root only")
        return
    shell_folder = lab.folder("shell")
    shell = shell_folder / "ermine"
    shutil.copy(lab.ERMINE, shell)
    open_way(shell_folder)
    shell_folder.chmod(0o755)
    shell.chmod(0o755)
    accounts = []
    try:
        # before the router starts: it looks whether there are such groups
        accounts.append(Account("looks", shell, READONLY))
        accounts.append(Account("admin", shell, "ermine-admin"))
        router = start_router("login")
        open_way(router.home)
        sshd = Sshd("login-sshd", router)
        open_way(sshd.home)
        (sshd.home / "authorized_keys").chmod(0o644)
        looks, admin = (account.name for account in accounts)
        for name, check in (
                ("a console with Tab and ?",
                 lambda: interactive(sshd, admin)),
                ("one command with a filter",
                 lambda: one_command(sshd, admin)),
                ("a batch from standard input",
                 lambda: batch(sshd, admin, "login")),
                ("no files", lambda: no_files(sshd, admin))):
            lab.claim("login shell: " + name)(check)
        lab.claim("login shell: a level with a secret, in a batch")(
            lambda: secret_in_a_batch(router, sshd, admin))
        lab.claim("a user of " + READONLY + " may only look")(
            lambda: may_only_look(sshd, looks))
        router.stop()
    finally:
        for account in accounts:
            account.remove()


def main():
    lab.tell(force_command, login_shell)


if __name__ == "__main__":
    main()
