#!/usr/bin/python3 -B
"""console_keys.py [NAME...] - the shell at a terminal, key by key: help and
completion, editing, the pager, and terminals that know nothing.
"""
import sys

from terminal import (CONFIG, CTRL, Console, DOWN, ENABLE, LEFT, RIGHT, TUNNEL,
                      UP, check, main, test)


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


if __name__ == "__main__":
    sys.exit(main())
