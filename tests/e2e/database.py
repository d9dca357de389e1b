#!/usr/bin/python3 -B
"""The database under other hands: what docs/database.md tells an operator to
type is typed, and every file that cannot be used is refused with a way out.
"""
import os
import re
import shutil
import subprocess

import lab

KEY = "00112233445566778899aabbccddeeff00112233"
FIRST = """configure terminal
hostname boston
ipsec transform-set plain esp-hmac-sha
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
 exit
interface tunnel ipsec:ottawa
 tunnel signaling manual
 ip address 10.255.0.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.2
 tunnel transform-set plain
 tunnel session-key-inbound esp-hmac-sha 0x1001 {key}
 tunnel session-key-outbound esp-hmac-sha 0x1002 {key}
 exit
ip route 10.2.0.0 255.255.0.0 tunnel ipsec:ottawa
""".format(key=KEY)
# enough for pages of history, one after the other
MANY = ["configure terminal\nhostname n%d\n%s" % (n, "".join(
    "ip route 10.%d.%d.0 255.255.255.0 192.0.2.9\n" % (n, m)
    for m in range(40))) for n in range(3, 8)]


def blocks():
    """The commands of the page: (heading, lines) in their order."""
    text = (lab.ROOT / "docs" / "database.md").read_text()
    heading, found = "", []
    for part in re.split(r"\n\n", text):
        if part.startswith("## "):
            heading = part.splitlines()[0][3:]
        if part.startswith("    "):
            found.append((heading, [line[4:] for line in part.splitlines()]))
    return found


def type_lines(state, lines, status=None):
    """In a shell, in the state folder, with this build's ermined."""
    script = "\n".join(line for line in lines
                       if not line.startswith("systemctl "))
    run = subprocess.run(
        ["sh", "-c", script], cwd=state, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PATH="%s:%s" % (lab.BUILD, os.environ["PATH"])))
    if status is not None and run.returncode != status:
        raise lab.Problem("status %d of\n%s\n%s" % (
            run.returncode, script, run.stdout))
    return run


def check_db(state):
    return subprocess.run(
        [lab.ERMINED, "--state-dir", state, "--check-db"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def configuration(router):
    return [line for line in router.ask("show configuration").splitlines()
            if not line.startswith("!")]


def a_router(name):
    router = lab.Router(name).start()
    router.load(FIRST)
    router.load("configure terminal\nhostname boston2\n")
    for script in MANY:
        router.load(script)
    return router


# ---- looking ----

def looking():
    router = a_router("looking")
    (lines,) = [lines for heading, lines in blocks() if heading == "Looking"]
    wanted = ["192.0.2.2", "process", "hostname boston", "generation",
              "ottawa", '"tunnel ipsec:ottawa",10.255.0.1', '"10.2.0.0"']

    def look(when):
        lab.same("examples", len(lines), len(wanted))
        for line, word in zip(lines, wanted):
            run = type_lines(router.state, [line], status=0)
            lab.within(run.stdout, word, line)
            lab.holds(KEY not in run.stdout, "a key in clear: " + line)
            lab.holds("rror" not in run.stdout, run.stdout)
        lab.ok("the examples work " + when)

    look("while the router runs")
    router.load("configure terminal\nhostname boston3\n")
    router.stop()
    look("after it was stopped")
    lab.same("mode", (router.state / "config.db").stat().st_mode & 0o777,
             0o600)


# ---- backup ----

def backup():
    router = a_router("backup")
    ways = [lines for heading, lines in blocks() if heading == "Backup"]
    lab.same("blocks", len(ways), 2)
    before = configuration(router)
    type_lines(router.state, ways[0], status=0)
    router.load("configure terminal\nhostname later\n")
    router.kill()
    run = type_lines(router.state, ways[1], status=0)
    lab.within(run.stdout, "is good")
    router.start()
    lab.same("the configuration", configuration(router), before)
    router.stop()
    lab.ok("a backup of a running router is put back")


# ---- saving what can be read ----

def damage_history(path):
    """Overwrite one page of the history, and none of the configuration."""
    page = subprocess.run(
        ["sqlite3", str(path), "SELECT pageno FROM dbstat WHERE name = "
         "'change' AND pagetype = 'leaf' LIMIT 1 OFFSET 1"],
        stdout=subprocess.PIPE, text=True).stdout.strip()
    lab.holds(page != "", "the history has no second page")
    with open(path, "r+b") as file:
        file.seek((int(page) - 1) * 4096)
        file.write(b"damaged!" * 512)


def saving():
    router = a_router("saving")
    before = configuration(router)
    router.stop()
    database = router.state / "config.db"
    damage_history(database)
    run = check_db(router.state)
    lab.same("status of --check-db", run.returncode, 1)
    lab.within(run.stdout, "is damaged")
    lab.within(run.stdout, "save what can be read")
    expect_no_start(router, "is damaged")
    lab.ok("a damaged page is found")

    recover, cut = [lines for heading, lines in blocks()
                    if heading == "Saving what can be read"]
    run = type_lines(router.state, recover)
    lab.within(run.stdout, "does not fit")
    number = re.search(r"What commit (\d+) changed", run.stdout)[1]
    router.start()
    lab.same("the configuration", configuration(router), before)
    router.stop()
    lab.ok("what can be read is saved")

    cut = [re.sub(r"(\(1, |<= )2\b", r"\g<1>" + number, line) for line in cut]
    type_lines(router.state, cut, status=0)
    run = check_db(router.state)
    lab.within(run.stdout, "is good")
    lab.within(run.stdout, "back to generation %s." % number)
    router.start()
    run = router.shell("-c", "show configuration at 1", status=lab.REFUSED)
    lab.within(run.stderr, "the oldest that can be rebuilt")
    router.ask("show configuration at " + number)
    router.stop()
    lab.ok("a history that does not fit is cut off")


# ---- files that cannot be used ----

def expect_no_start(router, words):
    router.launch()
    lab.same("status of a start", router.process.wait(lab.WAIT_S), 1)
    lab.within(router.log.read_text(), words, "the log")
    router.log.unlink()


def sql(text):
    def change(path):
        subprocess.run(["sqlite3", str(path), text], check=True)
    return change


def cut_off(size):
    return lambda path: os.truncate(path, size)


def noise(path):
    path.write_bytes(bytes(range(256)) * 200)


def another(path):
    path.unlink()
    sql("CREATE TABLE songs (title)")(path)


def header(path):
    with open(path, "r+b") as file:
        file.seek(40)
        file.write(b"\xff" * 40)


BAD = [
    ("cut off in the middle", cut_off(20480), "malformed"),
    ("cut off in its first page", cut_off(1000), "malformed"),
    ("cut off entirely", cut_off(0), "of 0 bytes"),
    ("noise", noise, "not a database"),
    ("a script", lambda path: path.write_text("hostname boston\n" * 9),
     "not a database"),
    ("of another program", another, "another program"),
    ("with a broken header", header, "unsupported file format"),
    ("of a newer release", sql("PRAGMA user_version = 99"), "newer release"),
    ("with a newer column", sql("ALTER TABLE tunnel ADD COLUMN colour TEXT"),
     "column tunnel.colour"),
    ("with a value out of range",
     sql("PRAGMA ignore_check_constraints = ON; UPDATE tunnel SET mtu = 5"),
     "CHECK constraint"),
    ("with a reference to nothing",
     sql("UPDATE tunnel SET transform_set = 'gone'"), "not there"),
    ("with a key that is not sealed",
     sql("UPDATE pki_key SET sealed = 'MIICdQIBADANBgkq'"), "no sealed key"),
    ("with a key of another key file", sql(
        "UPDATE pki_key SET sealed = '$e1$' || substr(sealed, 9, 4) || "
        "substr(sealed, 5, 4) || substr(sealed, 13)"), "secret.key"),
    ("with half a certificate", sql(
        "INSERT INTO pki_certificate VALUES (1, 0, 'CN=a', 'a', x'3082')"),
     "(CN=a) cannot be read"),
    ("with a value that is no address",
     sql("UPDATE interface SET ip_address = '10.0.0.300'"), "ip_address"),
]
# a router starts with it all the same
BEARABLE = ("with a reference to nothing", "with a key that is not sealed",
            "with a key of another key file", "with half a certificate")


def refused():
    router = a_router("refused")
    router.ask("ipsec key generate rsa 1024")
    router.stop()
    database = router.state / "config.db"
    good = router.home / "good.db"
    shutil.copy(database, good)

    def bad(why, change, words):
        def check():
            shutil.copy(good, database)
            change(database)
            bytes_before = database.read_bytes()
            run = check_db(router.state)
            lab.same("status of --check-db", run.returncode, 1)
            lab.within(run.stdout, words)
            lab.same("the file", database.read_bytes(), bytes_before)
            if why not in BEARABLE:
                expect_no_start(router, words)
            for rest in router.state.glob("config.db-*"):
                rest.unlink()
        lab.claim("refused: a database %s" % why)(check)

    for row in BAD:
        bad(*row)
    shutil.copy(good, database)
    lab.same("the good one", check_db(router.state).returncode, 0)


def log_lost():
    """A write-ahead log that is noise is not read; what was checkpointed
    before is whole."""
    router = a_router("log")
    router.stop()  # writes the log into the file
    router.start()
    router.load("configure terminal\nhostname after\n")
    router.kill()
    log = router.state / "config.db-wal"
    lab.holds(log.stat().st_size > 0, "there is no log")
    log.write_bytes(b"\x5a" * 50000)
    lab.same("--check-db", check_db(router.state).returncode, 0)
    router.start()
    lab.within(router.ask("show configuration"), "hostname n7")
    router.load("configure terminal\nhostname again\n")
    router.stop()
    lab.ok("a log of noise is left out")


lab.tell(looking, backup, saving, refused, log_lost)
