#!/usr/bin/python3 -B
"""What a manual tunnel may not be: each mistake alone, and all in one
script.  A refusal has exit status 1, names every problem in one answer, and
changes nothing; the candidate is kept.  What has no effect is accepted with
a warning.
"""
import lab

KEYS = "0123456789abcdef23456789abcdef01456789abcdef0123 " + "2a" * 20
SHORT = KEYS[:-2]
ONE = KEYS.split()[0]

BASE = """configure terminal
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
 exit
interface fastEthernet 0/0
 ip address 192.0.2.1 255.255.255.0
 exit
ipsec transform-set one esp-3des-hmac-sha
ipsec transform-set two esp-3des-hmac-sha esp-des-hmac-md5
"""

# the lines of a tunnel that is right; {n} makes it one of many
RIGHT = {
    "signaling": "tunnel signaling manual",
    "address": "ip address 172.16.{n}.1 255.255.255.252",
    "source": "tunnel source 192.0.2.1",
    "destination": "tunnel destination 192.0.2.{n}",
    "set": "tunnel transform-set one",
    "inbound": "tunnel session-key-inbound esp-3des-hmac-sha 40{n} " + KEYS,
    "outbound": "tunnel session-key-outbound esp-3des-hmac-sha 50{n} " + KEYS,
}
INBOUND = "tunnel session-key-inbound esp-3des-hmac-sha 40{n} "
NEEDS = "needs two keys: 48 hexadecimal digits for encryption, then 40"

# why, lines in place of the right ones (None: left out), what is to be said
WRONG = [
    ("without keys", {"inbound": None, "outbound": None},
     ["Set `tunnel session-key-inbound`", "Set `tunnel session-key-outbound`"]),
    ("a set of two transforms", {"set": "tunnel transform-set two"},
     ["A manual tunnel has one transform, but the set `two` has 2"]),
    ("a key that is too short", {"inbound": INBOUND + SHORT}, [NEEDS]),
    ("a key that is too long", {"inbound": INBOUND + KEYS + "00"}, [NEEDS]),
    ("one key of two", {"inbound": INBOUND + ONE}, [NEEDS]),
    ("SPI 0", {"inbound": RIGHT["inbound"].replace("40{n}", "0")},
     ["SPI 0 is reserved"]),
    ("SPI 1", {"outbound": RIGHT["outbound"].replace("50{n}", "1")},
     ["SPI 1 is reserved"]),
    ("SPI 255", {"inbound": RIGHT["inbound"].replace("40{n}", "0xff")},
     ["SPI 255 is reserved"]),
    ("a key of another transform than the set's",
     {"inbound": "tunnel session-key-inbound esp-3des 40{n} " + ONE},
     ["The key is for esp-3des, but"]),
    ("session keys on a signaled tunnel",
     {"signaling": "tunnel signaling isakmp"},
     ["remove `tunnel session-key-inbound`",
      "remove `tunnel session-key-outbound`"]),
    ("no ip address", {"address": None}, ["Set `ip address`"]),
    ("no source", {"source": None}, ["Set `tunnel source`"]),
    ("no destination", {"destination": None}, ["Set `tunnel destination`"]),
    ("no transform set", {"set": None}, ["Set `tunnel transform-set`"]),
    ("nothing but manual", dict.fromkeys(
        ("address", "source", "destination", "set", "inbound", "outbound")),
     ["Set `ip address`", "Set `tunnel source`", "Set `tunnel destination`",
      "Set `tunnel transform-set`", "Set `tunnel session-key-inbound`",
      "Set `tunnel session-key-outbound`"]),
]

WARNED = [
    ("a lifetime in seconds", "tunnel lifetime seconds 3600",
     "`tunnel lifetime` has no effect"),
    ("a lifetime in kilobytes", "tunnel lifetime kilobytes 200000",
     "`tunnel lifetime` has no effect"),
    ("perfect forward secrecy", "tunnel pfs group 2",
     "`tunnel pfs group` has no effect"),
]


def tunnel(name, number, changes):
    lines = dict(RIGHT, **changes)
    return "interface tunnel ipsec:%s\n" % name + "".join(
        " %s\n" % line.replace("{n}", str(number))
        for line in lines.values() if line is not None) + " exit\n"


def untouched(router, before):
    lab.same("the configuration after a refusal",
             router.ask("show configuration").splitlines()[1:], before)


def alone_claim(router, before, row, number):
    why, changes, sentences = row

    def check():
        run = router.load(BASE + tunnel("wrong", number, changes),
                          status=lab.REFUSED)
        for sentence in sentences:
            lab.within(run.stderr, sentence, "standard error")
        problems = [line for line in run.stderr.splitlines() if
                    "% interface tunnel ipsec:wrong: " in line]
        lab.same("problems", len(problems), len(sentences))
        untouched(router, before)

    lab.claim("refused: %s" % why)(check)


def together_claim(router, before):
    def check():
        script = BASE + "".join(tunnel("t%d" % number, number, row[1])
                                for number, row in enumerate(WRONG, 20))
        run = router.load(script, status=lab.REFUSED)
        for number, (why, _, sentences) in enumerate(WRONG, 20):
            own = [line for line in run.stderr.splitlines()
                   if "% interface tunnel ipsec:t{}: ".format(number) in line]
            lab.same("problems of: " + why, len(own), len(sentences))
            for sentence in sentences:
                lab.within("\n".join(own), sentence, "the answer to: " + why)
        untouched(router, before)

    lab.claim("refused: all in one script, told in one answer")(check)


def kept_claim(router, before):
    """The candidate survives at a console, and what it lacks can be typed."""

    def check():
        console = lab.Console("--socket", router.socket)
        console.type(*BASE.splitlines(), *tunnel(
            "late", 77, {"source": None}).splitlines(), "commit")
        answer = console.expect("Nothing was committed", "Commit complete")
        lab.within(answer, "Set `tunnel source`")
        lab.within(answer, "candidate is kept")
        untouched(router, before)
        console.type("interface tunnel ipsec:late", "tunnel source 192.0.2.1",
                     "commit")
        console.expect("Commit complete")
        console.type("end", "exit", "exit")
        lab.same("exit status", console.close(), lab.DONE)
        lab.same("state", router.tunnel("late")["state"], "up")

    lab.claim("a refused candidate is kept, mended and committed")(check)


def warned_claim(router, row, number):
    why, line, sentence = row

    def check():
        run = router.load(BASE + tunnel("warned%d" % number, number,
                                        {"more": line}))
        text = run.stdout + run.stderr
        lab.within(text, "Warning: ")
        lab.within(text, sentence)
        lab.within(router.ask("show configuration"), line)

    lab.claim("accepted with a warning: %s" % why)(check)


def least_spi_claim(router):
    def check():
        changes = {"inbound": RIGHT["inbound"].replace("40{n}", "256"),
                   "outbound": RIGHT["outbound"].replace("50{n}",
                                                         "4294967295")}
        router.load(BASE + tunnel("ends", 99, changes))
        row = router.tunnel("ends")
        lab.same("SPIs", (row["inbound_spi"], row["outbound_spi"]),
                 (256, 4294967295))

    lab.claim("accepted: SPI 256 and 4294967295")(check)


def main():
    router = lab.Router("router", "0/0 pcap out=out.pcap\n").start()
    before = router.ask("show configuration").splitlines()[1:]
    for number, row in enumerate(WRONG, 20):
        alone_claim(router, before, row, number)
    together_claim(router, before)
    kept_claim(router, before)
    for number, row in enumerate(WARNED, 80):
        warned_claim(router, row, number)
    least_spi_claim(router)
    router.stop()


lab.tell(main)
