#!/usr/bin/python3 -B
"""`test ipsec tunnel` at the programs themselves: it tells as it goes, Ctrl-C
ends it, what is typed ahead stays, JSON has all of it, and only one runs at a
time.

The peer is not there: the route to it leads nowhere, so that a test lasts.
"""
import pathlib
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab  # noqa: E402

SCRIPT = """configure terminal
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
interface loopback 1
 ip address 10.1.0.1 255.255.255.0
ipsec transform-set t esp-aes128-hmac-sha
ipsec ike-policy-rule 1
 group 14
ipsec key manual pre-share 198.51.100.2
 key secret-of-two
interface tunnel ipsec:far
 ip address 10.255.0.1 255.255.255.252
 tunnel transform-set t
 tunnel local-identity subnet 10.1.0.0 255.255.255.0
 tunnel peer-identity subnet 10.2.0.0 255.255.255.0
 tunnel source 192.0.2.1
 tunnel destination 198.51.100.2
ip route 198.51.100.0 255.255.255.0 null 0
"""


PEER = """connections {
  site {
    local_addrs = 198.51.100.2
    remote_addrs = 192.0.2.1
    proposals = 3des-sha1-modp2048
    local {
      auth = psk
    }
    remote {
      auth = psk
    }
    children {
      net {
        local_ts = 10.2.0.0/24
        remote_ts = 10.1.0.0/24
        esp_proposals = aes128-sha1
      }
    }
  }
}
"""


def ended_by_ctrl_c(router):
    console = lab.Console("--socket", router.socket)
    console.type("test ipsec tunnel far")
    console.expect("main mode message 1 sent", "no answer: sent again",
                   "negotiating")
    began = time.monotonic()
    console.type("\x03")
    console.type("show clock")
    console.expect("UTC")
    lab.holds(time.monotonic() - began < 5, "the key did not end the test")
    console.type("exit")
    lab.same("exit status", console.close(), lab.DONE)


def main():
    router = lab.Router("testing").start()
    router.load(SCRIPT)

    @lab.claim("Ctrl-C ends a test")
    def _():
        ended_by_ctrl_c(router)

    @lab.claim("what is typed ahead of a test's end is for the prompt")
    def _():
        console = lab.Console("--socket", router.socket)
        console.type("test ipsec tunnel nobody\nshow privilege\nquit")
        console.expect("no IPsec tunnel nobody")
        console.expect("Privilege level is")
        lab.same("exit status", console.close(), lab.DONE)

    @lab.claim("what is typed ahead of a monitor's end is for the prompt")
    def _():
        console = lab.Console("--socket", router.socket)
        console.type("monitor tunnel far count 1\nshow privilege\nquit")
        console.expect("Privilege level is")
        lab.holds("Unrecognized" not in console.text.decode(), "a key is lost")
        lab.same("exit status", console.close(), lab.DONE)

    @lab.claim("Ctrl-C ends a sleep")
    def _():
        console = lab.Console("--socket", router.socket)
        console.type("show privilege")
        console.expect("Privilege level is")  # its keys are no signals by now
        console.type("sleep 3600")
        lab.wait_for("Ctrl-C to be a signal", lambda:
                     termios.tcgetattr(console.input)[3] & termios.ISIG)
        console.type("\x03")
        console.type("show clock")
        console.expect("UTC")
        console.type("exit")
        lab.same("exit status", console.close(), lab.DONE)

    @lab.claim("one at a time")
    def _():
        first = lab.Session("--socket", router.socket)
        first.type("test ipsec tunnel far")
        first.expect("Tunnel far")
        answer = router.shell("-c", "test ipsec tunnel far")
        lab.within(answer.stdout + answer.stderr,
                   "Another session tests tunnel far")
        first.process.kill()
        first.process.wait()

    @lab.claim("a name that is not there")
    def _():
        answer = router.shell("-c", "test ipsec tunnel nobody")
        lab.same("exit status", answer.returncode, lab.REFUSED)
        lab.within(answer.stdout + answer.stderr, "no IPsec tunnel nobody")

    @lab.claim("the history of a tunnel that never was up")
    def _():
        shown = "show ipsec tunnel far history"
        lab.within(router.ask(shown), "Up, 24 hours to now: " + 24 * "_")
        rows = router.rows(shown)
        lab.same("hours", [row["hours_ago"] for row in rows],
                 list(range(23, -1, -1)))
        lab.same("seconds", sum(row["up_s"] for row in rows), 0)

    @lab.claim("a peer's file, without sending")
    def _():
        path = router.home / "peer.conf"
        path.write_text(PEER)
        sent = "test ipsec tunnel far offline %s" % path
        lab.within(router.ask(sent), "fits this tunnel")
        path.write_text(PEER.replace("3des-sha1-modp2048",
                                     "aes256-sha1-modp2048"))
        rows = router.rows(sent)
        lab.same("cause", rows[0]["cause"], "proposal-encryption")
        lab.same("theirs", rows[0]["theirs"], "aes256 sha group 14")
        path.write_text("hello\n")
        answer = router.shell("-c", sent)
        lab.same("exit status", answer.returncode, lab.REFUSED)
        lab.within(answer.stdout + answer.stderr, "neither a swanctl.conf")
        answer = router.shell("-c", sent + "x")
        lab.within(answer.stdout + answer.stderr, "Cannot read")

    @lab.claim("its verdict as JSON, of a tunnel that is shut down")
    def _():
        router.load("configure terminal\ninterface tunnel ipsec:far\n"
                    " shutdown\n")
        rows = router.rows("test ipsec tunnel far")
        verdict = rows[-1]
        lab.same("cause", verdict["cause"], "shut-down")
        lab.within(verdict["fix"], "no shutdown")
        why = router.rows("show ipsec tunnel far why")
        lab.same("cause", why[0]["cause"], "shut-down")

    router.stop()


lab.tell(main)
