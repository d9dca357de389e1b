#!/usr/bin/python3 -B
"""console_collect.py [NAME...] - a collector of configurations at the prompt
must find all answers, and the same ones twice.
"""
import re
import sys
import time

from terminal import Console, WAIT_S, check, main, test


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


if __name__ == "__main__":
    sys.exit(main())
