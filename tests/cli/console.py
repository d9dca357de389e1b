#!/usr/bin/python3 -B
"""console.py [NAME...] - sessions at a terminal: modes and how they are left,
levels, banners, what other sessions do to this one, and the lab below it.
"""
import os
import signal
import subprocess
import sys
import time

from terminal import (CONFIG, CTRL, Console, ENABLE, ERMINE, TUNNEL, WAIT_S,
                      check, daemons, main, make_lab, socket_names, test)


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
        c.type("configure terminal\r")  # pasted ahead: it is no `commit`
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
def the_prompt_follows_a_name_that_another_session_gave():
    with Console("renamed") as c:
        c.enter(["enable"], "boston#")
        done = subprocess.run(
            [ERMINE, "--lab", c.lab, "-c", "configure terminal", "-c",
             "hostname salem", "-c", "commit"], capture_output=True,
            stdin=subprocess.DEVNULL)
        check(done.returncode == 0, repr(done.stderr))
        c.enter(["configure terminal"], "salem(config)#")


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


if __name__ == "__main__":
    sys.exit(main())
