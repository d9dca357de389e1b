#!/usr/bin/python3 -B
"""The keys of manual tunnels and of peers appear nowhere in clear: not in a file of the
router, not in what a show prints, not in the log.  What is in the state
folder is its owner's alone.
"""
import base64
import stat
import subprocess

import lab
import transforms

SHOWS = [
    "show configuration", "show running-configuration", "show candidate",
    "show configuration | compare", "show ipsec tunnel",
    "show ipsec tunnel detail", "show ipsec tunnel summary",
    "show ipsec transform-set", "show ip interface", "show ip route",
    "show version", "show users", "dir", "show ipsec key manual",
    "show history",
]


def forms(key):
    """All the ways in which somebody could write a key (hex as typed)."""
    raw = bytes.fromhex(key)
    return [raw, raw[::-1], key.encode(), key.upper().encode(),
            base64.b64encode(raw).rstrip(b"="),
            " ".join("%02x" % byte for byte in raw).encode(),
            ":".join("%02x" % byte for byte in raw).encode()]


PRESHARED = "correct-horse-battery-staple"
KEYS = [PRESHARED.encode().hex()]
KEYS += [key for tunnel in transforms.TUNNELS for key in tunnel.clear_keys()]


def look(what, text):
    if isinstance(text, str):
        text = text.encode()
    for key in KEYS:
        for form in forms(key):
            lab.holds(form not in text, "%s holds a key in clear" % what)


def script():
    """All tunnels, and a preshared key by address and by identity."""
    lines = ["virtual-router default"]
    for peer in ("198.51.100.7", "identity u@branch.isp.net"):
        lines += ["ipsec key manual pre-share " + peer, " key " + PRESHARED]
    return transforms.script(transforms.TUNNELS) + "\n".join(lines) + "\n"


def planted_claim():
    """A key that is there is found, in each of its forms."""
    for key in KEYS:
        for form in forms(key):
            try:
                look("the plant", b"before" + form + b"after")
            except lab.Problem:
                continue
            raise lab.Problem("not found: %r" % form)


def files_of(router):
    return [path for path in router.state.rglob("*") if path.is_file()]


def files_claim(router):
    def check():
        paths = files_of(router)
        lab.holds(any(path.name == "config.db" for path in paths),
                  "there is no config.db")
        for path in paths:
            look(path.name, path.read_bytes())

    return check


def modes_claim(router):
    def check():
        lab.same("mode of the state folder",
                 oct(stat.S_IMODE(router.state.stat().st_mode)), "0o700")
        for path in files_of(router):
            lab.same("mode of " + path.name,
                     oct(stat.S_IMODE(path.stat().st_mode)), "0o600")

    return check


def database_claim(router):
    """Every row of every table, as sqlite3 prints it."""

    def check():
        run = subprocess.run(
            ["sqlite3", "-readonly", str(router.state / "config.db"),
             ".dump"], stdout=subprocess.PIPE, text=True)
        lab.same("exit status of sqlite3", run.returncode, 0)
        lab.within(run.stdout, "$e1$", "the database")
        look("the dump", run.stdout)

    return check


def shows_claim(router):
    """With a candidate that has all of the keys, before and after its
    commit."""

    def check():
        path = router.home / "script"
        for command in SHOWS:
            for end in ("", " | display json"):
                run = router.shell("-f", path, "-c", command + end,
                                   "--discard", status=lab.DONE)
                look("`%s%s`" % (command, end), run.stdout + run.stderr)

    return check


def changed_claim(router):
    """A key that takes the place of another one: both sides of the change."""

    def check():
        one = transforms.by_name("esp-3des-hmac-sha")
        two = transforms.by_name("esp-3des-hmac-md5")
        lines = ["configure terminal",
                 "interface tunnel ipsec:" + one.name,
                 "tunnel session-key-inbound %s %d %s" % (
                     one.transform, one.spi_in,
                     one.typed((two.keys_in[0], one.keys_in[1])))]
        words = [w for line in lines for w in ("-c", line)]
        run = router.shell(*words, "-c", "show configuration | compare",
                           "-c", "show configuration | compare | "
                           "display json", "-c", "commit", status=lab.DONE)
        lab.within(run.stdout, "$e1$", "the comparison")
        look("the comparison", run.stdout + run.stderr)
        look("config.db", (router.state / "config.db").read_bytes())

    return check


def refused_claim(router):
    """Keys of a wrong length, in a commit that is refused."""

    def check():
        one = transforms.by_name("esp-des")
        run = router.shell(
            "-c", "configure terminal", "-c",
            "interface tunnel ipsec:" + one.name, "-c",
            "tunnel session-key-inbound esp-des %d %s" % (
                one.spi_in, KEYS[-1]), "-c", "commit", status=lab.REFUSED)
        lab.within(run.stderr, "16 hexadecimal digits")
        look("the refusal", run.stdout + run.stderr)

    return check


def passwords_claim(router):
    """Secrets of levels and passwords of lines, right and in wrong lines."""

    def check():
        words = ["alpha-of-ten", "omega-of-fifteen", "of-a-line"]
        script = router.home / "passwords"
        script.write_text("configure terminal\n"
                          "enable secret %s\nenable password level 15 0 %s\n"
                          "line vty 0 4\n password %s\n" % tuple(words))
        text = ""
        for command in ["show candidate", "show configuration | compare",
                        "show candidate | display json", "commit",
                        "show configuration", "show commit history"]:
            run = router.shell("-f", script, "-c", command, "--discard",
                               status=lab.DONE)
            text += run.stdout + run.stderr
        for line in ("enable secret %s more" % words[0],
                     "enable password level 99 %s" % words[1],
                     "enable secret level 15 0 %s %s" % (words[1], words[2])):
            run = router.shell("-c", "configure terminal", "-c", line,
                               status=lab.REFUSED)
            text += run.stdout + run.stderr
        lab.within(text, "enable secret level 15 5 $y$", "what was shown")
        text += router.log.read_text()
        for path in files_of(router):
            text += path.read_bytes().decode("latin-1")
        for word in words:
            lab.holds(word not in text, "%s is somewhere in clear" % word)

    return check


def log_claim(router):
    def check():
        log = router.log.read_bytes()
        lab.holds(log, "the log is empty")
        look("the log", log)

    return check


def main():
    router = lab.Router("router", "0/0 pcap out=out.pcap\n")
    router.options = ["--log-level", "debug"]
    router.start()
    (router.home / "script").write_text(script())
    lab.claim("the search finds what is there")(planted_claim)
    lab.claim("no show of a candidate tells a key")(shows_claim(router))
    router.load(script())
    lab.claim("no show of a commit tells a key")(shows_claim(router))
    lab.claim("no file of the running router holds a key")(
        files_claim(router))
    lab.claim("no comparison of two keys tells them")(changed_claim(router))
    lab.claim("no refusal tells a key")(refused_claim(router))
    lab.claim("no row of the database holds a key")(database_claim(router))
    lab.claim("no password is anywhere in clear")(passwords_claim(router))
    lab.claim("the state folder is its owner's alone")(modes_claim(router))
    router.stop()
    lab.claim("no file that is left behind holds a key")(files_claim(router))
    lab.claim("the log at its most talkative tells no key")(
        log_claim(router))


lab.tell(main)
