#!/usr/bin/python3 -B
"""console_load.py [NAME...] - loading configuration at a terminal: what is
pasted, what is wrong in it, Ctrl-C, and the bar that shows how far it is.
"""
import os
import subprocess
import sys

from terminal import (CONFIG, CTRL, Console, ERMINE, WAIT_S, Failure, check,
                      main, make_lab, test)


def write(lab, name, text):
    path = os.path.join(make_lab(lab), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def loopbacks(count):
    return "".join("interface loopback %d\n description number %d\n" % (
        number, number) for number in range(100, 100 + count))


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


@test
def a_pasted_configuration_is_loaded_as_a_whole():
    with Console("paste") as c:
        c.enter(CONFIG, "boston(config)#")
        c.enter(["load merge terminal"], "Ctrl-C gives it up.")
        c.type("hostname what?\r\tinterface loopback 5\r"
               "\tdescription is this?\r")
        c.type(CTRL["D"])
        c.expect("Loaded terminal: 2 objects differ")
        c.expect("boston(config)#")
        text = c.enter(["show candidate | include what|this"],
                       "boston(config)#")
        check('hostname "what?"' in text and "description is this?" in text,
              text)


@test
def a_wrong_line_in_a_paste_does_not_run_what_follows_it():
    with Console("wrongpaste") as c:
        c.enter(CONFIG + ["hostname kept", "interface loopback 0"],
                "boston(config-if)#")
        c.enter(["load replace terminal"], "Ctrl-C gives it up.")
        c.type("hostname lost\rfrobnicate\rno interface loopback 0\r.\r")
        c.expect("terminal:2:1: frobnicate")
        c.expect("% Nothing of terminal was loaded; the candidate is as it "
                 "was.")
        c.expect("boston(config-if)#")  # and we stand where we stood
        text = c.enter(["show configuration | compare"], "boston(config-if)#")
        check("+hostname kept" in text and "loopback" not in text, text)


@test
def ctrl_c_gives_a_paste_up():
    with Console("giveup") as c:
        c.enter(CONFIG, "boston(config)#")
        c.enter(["load merge terminal"], "Ctrl-C gives it up.")
        c.type("hostname lost\r" + CTRL["C"].decode())
        c.expect("Given up; nothing was loaded.")
        c.expect("boston(config)#")
        text = c.enter(["show configuration | compare"], "boston(config)#")
        check("hostname" not in text, text)


@test
def a_broken_file_leaves_the_candidate_as_it_was():
    for command in ("configure file", "load merge", "load replace"):
        with Console("broken") as c:
            path = write("broken", "broken.cfg", "hostname lost\n" +
                         loopbacks(700) + "ip address 10.0.0.1\n" +
                         loopbacks(10))
            c.enter(CONFIG + ["hostname kept"], "boston(config)#")
            c.expect("boston(config)#")
            c.enter(["%s %s" % (command, path)], "broken.cfg:1402:")
            c.expect("boston(config)#")
            text = c.enter(["show configuration | compare"],
                           "boston(config)#")
            check("+hostname kept" in text and "loopback" not in text, text)


@test
def a_long_file_shows_how_far_it_is():
    with Console("bar") as c:
        path = write("bar", "long.cfg", loopbacks(4000))
        c.enter(CONFIG, "boston(config)#")
        c.type("load merge %s\r" % path)
        c.expect(" of 8000 lines ")
        c.expect("Loaded ")
        c.expect("boston(config)#")
        c.shows(lambda lines: not any(" lines " in line for line in lines))


@test
def ctrl_c_stops_a_load():
    with Console("stop", controlling=True) as c:
        path = write("stop", "long.cfg", loopbacks(60000))
        c.enter(CONFIG + ["hostname kept"], "boston(config)#")
        c.expect("boston(config)#")
        c.type("load merge %s\r" % path)
        c.expect(" of 120000 lines ")
        c.type(CTRL["C"])
        c.expect("% Stopped there by Ctrl-C.")
        c.expect("the candidate is as it was.")
        c.expect("boston(config)#")
        text = c.enter(["show configuration | compare"], "boston(config)#")
        check("+hostname kept" in text and "loopback" not in text, text)
        c.type(CTRL["C"])  # and it is the line's key again
        c.expect("^C")
        c.expect("boston(config)#")
        c.enter(["discard", "logout"], "Candidate discarded")
        check(c.end() == 0, "exit status")
        check(c.is_restored(), "the terminal is not as it was")


@test
def a_batch_has_a_bar_on_a_terminal_only():
    lab = make_lab("batchbar")
    path = write("batchbar", "long.cfg", loopbacks(4000))
    command = [ERMINE, "--lab", lab, "-f", path, "--replace",
               "--check"]
    for more, seen in ([], True), (["--no-progress"], False):
        master, slave = os.openpty()
        shell = subprocess.Popen(command + more, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        text = b""
        try:
            while part := os.read(master, 65536):
                text += part
        except OSError:
            pass  # the end of a terminal
        os.close(master)
        out = shell.communicate(timeout=WAIT_S)[0]
        if shell.returncode != 4 or (b" of 8000 lines" in text) != seen:
            raise Failure("%r %r %r" % (shell.returncode, text, out))
    run = subprocess.run(command, stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=WAIT_S)
    check(run.stderr == b"", run.stderr)


if __name__ == "__main__":
    sys.exit(main())
