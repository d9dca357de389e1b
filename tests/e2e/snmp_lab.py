#!/usr/bin/python3 -B
"""The lab's SNMP agents: the lines above the first prompt can be copied, a
port that is taken is gone around, and all ends with the lab."""
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402

FIRST_PORT = 16161


class Console:
    def __init__(self, folder):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            lab.die_with_us()
            os.execv(lab.ERMINE, [lab.ERMINE, "--lab", str(folder)])
        self.told = b""
        lab.wait_for("the first prompt", self._prompts)

    def _prompts(self):
        if select.select([self.terminal], [], [], 0.05)[0]:
            self.told += os.read(self.terminal, 4096)
        return b"boston>" in self.told

    def lines(self):
        """The commands that may be copied, by router."""
        return dict(re.findall(r"SNMP of (\w+):  ([^\r\n]+)",
                               self.told.decode()))

    def end(self):
        os.write(self.terminal, b"exit\n")
        lab.wait_for("the shell to end", self._ended)
        os.close(self.terminal)

    def _ended(self):
        try:
            if select.select([self.terminal], [], [], 0)[0]:
                os.read(self.terminal, 4096)
        except OSError:
            pass  # its end of the terminal is closed
        return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid


def copy_of_the_lab(name):
    home = lab.folder(name) / "two-site"
    shutil.copytree(lab.ROOT / "docs/labs/two-site", home)
    return home


def walk(line):
    return subprocess.run(
        line.split(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={**os.environ, "MIBS": ""}, timeout=lab.WAIT_S).stdout


def main():
    if shutil.which("snmpwalk") is None:
        print("skip snmp_lab: there is no snmpwalk here")
        return
    home = copy_of_the_lab("first")
    taken, taken_port = take_port()
    console = Console(home)
    lines = console.lines()

    @lab.claim("each router has a line to copy")
    def _():
        lab.same("routers", sorted(lines), ["boston", "ottawa"])

    @lab.claim("a port that is taken is gone around")
    def _():
        ports = [re.search(r":(\d+) ", line)[1] for line in lines.values()]
        lab.holds(str(taken_port) not in ports, ports)
        lab.same("ports", len(set(ports)), 2)

    @lab.claim("the line works as it stands")
    def _():
        for router, line in lines.items():
            lab.within(walk(line), 'STRING: "%s"' % router)

    @lab.claim("the agents end with the lab")
    def _():
        running = [agent_at(re.search(r"127\.0\.0\.1:\d+", line)[0])
                   for line in lines.values()]
        console.end()
        lab.wait_for("the daemon to end", lambda: not lab.daemons_of(home))
        lab.wait_for("the agents to end", lambda: not any(
            pathlib.Path("/proc/%s/exe" % pid).exists() for pid in running))

    taken.close()
    lab.tell()


def take_port():
    """The first that no other lab has, and what holds it."""
    for port in range(FIRST_PORT, FIRST_PORT + 32):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            holder.bind(("127.0.0.1", port))
            return holder, port
        except OSError:
            holder.close()
    raise lab.Problem("all ports of labs are taken")


def agent_at(place):
    """The process of the agent that was told to listen there."""
    for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended
        if words[0].endswith(b"ermine-snmp") and place.encode() in words:
            return line.parent.name
    raise lab.Problem("no agent was told to listen at %s" % place)


if __name__ == "__main__":
    main()
