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
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        taken.bind(("127.0.0.1", FIRST_PORT))
    except OSError:
        pass  # another lab has it: as good
    console = Console(home)
    lines = console.lines()

    @lab.claim("each router has a line to copy")
    def _():
        lab.same("routers", sorted(lines), ["boston", "ottawa"])

    @lab.claim("a port that is taken is gone around")
    def _():
        ports = [re.search(r":(\d+) ", line)[1] for line in lines.values()]
        lab.holds(str(FIRST_PORT) not in ports, ports)
        lab.same("ports", len(set(ports)), 2)

    @lab.claim("the line works as it stands")
    def _():
        for router, line in lines.items():
            lab.within(walk(line), 'STRING: "%s"' % router)

    @lab.claim("the agents end with the lab")
    def _():
        console.end()
        lab.wait_for("the daemon to end", lambda: not lab.daemons_of(home))
        for line in lines.values():
            place = re.search(r"127\.0\.0\.1:(\d+)", line)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                lab.wait_for("port %s to be free" % place[1],
                             lambda: free(probe, int(place[1])))

    taken.close()
    lab.tell()


def free(probe, port):
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
