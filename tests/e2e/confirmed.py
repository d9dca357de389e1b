#!/usr/bin/python3 -B
"""`commit confirmed` and kill -9: what waits to be confirmed is as durable as
the commit itself, and goes back in time, once, whoever was there to see it.

Nobody waits a minute here: while the router is down the stored deadline is
moved, as if the time had passed.
"""
import random
import sqlite3
import time

import lab

SEED = 20150105
COMMIT_KILLS = 8
START_KILLS = 6
COMMIT_MAX_S = 0.004  # about what a commit takes
START_MAX_S = 0.02  # about what a start takes

BASE = """configure terminal
hostname before
interface loopback 0
 ip address 10.1.0.1 255.255.0.0
"""


def new_router(name):
    router = lab.Router(name).start()
    router.load(BASE)
    return router


def try_after(router, *options):
    """A batch that ends with its commit unconfirmed."""
    router.ask("configure terminal", "hostname after",
               " ".join(("commit confirmed 1",) + options))


def hostname(router):
    text = router.ask("show configuration | include ^hostname")
    return text.split()[1]


def database(router):
    return sqlite3.connect(router.state / "config.db")


def move_deadline(router, seconds_from_now):
    with database(router) as base:
        base.execute("UPDATE confirmation SET deadline_us = ?",
                     (int((time.time() + seconds_from_now) * 1e6),))
    base.close()


def commits(router):
    return router.rows("show commit history")


def waiting(router):
    return router.rows("show commit confirmed")


# ---- restarts ----

def overdue():
    router = new_router("overdue")
    try_after(router)
    router.kill()
    move_deadline(router, -5)
    router.start()
    lab.same("hostname", hostname(router), "before")
    lab.within(router.ask("show configuration"), "interface loopback 0",
               "the configuration")
    history = commits(router)
    lab.same("generations", [row["generation"] for row in history], [3, 2, 1])
    lab.same("from", history[0]["from"], "commit confirmed")
    lab.within(history[0]["comment"], "Generation 2 rolled back to 1")
    lab.same("what waits", waiting(router), [])
    lab.same("integrity_check", router.integrity(), "ok")
    router.stop()


def in_time():
    router = new_router("in-time")
    try_after(router)
    router.kill()
    router.start()
    lab.same("hostname", hostname(router), "after")
    row = waiting(router)[0]
    lab.same("generations", (row["generation"], row["back_to"]), (2, 1))
    lab.holds(0 < row["left_s"] <= 60, "%r s are left" % row["left_s"])
    lab.within(router.ask("commit"), "Generation 2 is confirmed.")
    router.kill()
    router.start()
    lab.same("hostname", hostname(router), "after")
    lab.same("what waits", waiting(router), [])
    router.stop()


def watched(seconds):
    """A router whose time ends in so many seconds, and a console that saw it
    wait; None: the console came too late, for this machine is busy."""
    router = new_router("running%d" % seconds)
    try_after(router)
    router.kill()
    move_deadline(router, seconds)
    router.start()
    console = lab.Console("--socket", router.socket)
    console.expect(">")
    return (router, console) if waiting(router) else None


def while_it_runs():
    pairs = (watched(seconds) for seconds in (3, 9, 27))
    router, console = next(filter(None, pairs), (None, None))
    lab.holds(router, "a console cannot be opened within 27 s")
    lab.within(console.expect("is running again"),
               "Generation 2 of", "what the console is told")
    lab.same("hostname", hostname(router), "before")
    console.type("exit")
    lab.same("exit status of the console", console.close(), lab.DONE)
    router.stop()


# ---- random moments ----

def killed_committing():
    chance = random.Random(SEED)
    router = new_router("committing")
    came = [0, 0]
    for _ in range(COMMIT_KILLS):
        before = commits(router)[0]["generation"]
        session = lab.Session("--socket", router.socket)
        session.type("configure terminal", "hostname n%d" % before,
                     "show candidate | include ^hostname")
        session.expect("hostname")
        session.type("commit confirmed 1")
        end = time.perf_counter() + chance.uniform(0, COMMIT_MAX_S)
        while time.perf_counter() < end:
            pass  # the random moment
        router.kill()
        session.close()
        lab.same("integrity_check", router.integrity(), "ok")
        router.start()
        rows = waiting(router)
        now = commits(router)[0]["generation"]
        came[now - before] += 1
        lab.same("what waits, after generation %d" % now,
                 [row["generation"] for row in rows],
                 [now] if now > before else [])
        if rows:
            router.ask("commit")
    print("in flight when killed: %d lost, %d waited" % tuple(came))
    router.stop()


def killed_going_back():
    chance = random.Random(SEED + 1)
    for count in range(START_KILLS):
        router = new_router("back%d" % count)
        try_after(router)
        router.kill()
        move_deadline(router, -1)
        end = time.perf_counter() + chance.uniform(0, START_MAX_S)
        router.launch()
        while time.perf_counter() < end:
            pass  # the random moment
        router.kill()
        lab.same("integrity_check", router.integrity(), "ok")
        router.start()
        lab.same("hostname", hostname(router), "before")
        lab.same("generations", len(commits(router)), 3)
        router.stop()


def by_id():
    router = new_router("id")
    session = lab.Session("--socket", router.socket)
    session.type("configure terminal", "hostname after", "commit id job-7")
    session.expect("Commit complete")
    router.kill()  # the client does not know whether it happened
    session.close()
    router.start()
    lab.within(router.ask("show commit id job-7"), "2", "the log")
    lab.within(router.ask("configure terminal", "hostname after",
                          "commit id job-7"),
               "Already committed with this id: generation 2.")
    again = router.shell("-c", "show commit id job-8", status=lab.REFUSED)
    lab.within(again.stderr, "No commit has the id job-8", "the refusal")
    router.stop()


def main():
    for name, story in (
            ("overdue when the router starts: it goes back at once", overdue),
            ("in time when the router starts: it waits on, and is confirmed",
             in_time),
            ("the time ends while the router runs, and a console is told",
             while_it_runs),
            ("killed while it commits: both the commit and its time, or "
             "neither", killed_committing),
            ("killed while it goes back: it goes back once",
             killed_going_back),
            ("an id tells after a crash whether it happened", by_id)):
        lab.claim(name)(story)


lab.tell(main)
