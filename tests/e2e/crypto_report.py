#!/usr/bin/python3 -B
"""The crypto report's stages are what they say: typed one after the other,
each is taken, and nothing weak is configured in the end.  With many tunnels it
stays short, and other sessions are answered meanwhile.
"""
import lab

SITE = """! Configuration script
hostname report
ipsec transform-set old esp-des-hmac-md5 esp-3des-hmac-sha
ipsec transform-set byhand esp-3des-hmac-md5
ipsec ike-policy-rule 1
 encryption des
 hash md5
 group 1
ipsec ike-policy-rule 5
 group 5
 aggressive-mode accepted
interface loopback 0
 ip address 192.0.2.1 255.255.255.255
ipsec key manual pre-share 192.0.2.9
 key "short"
interface tunnel ipsec:b
 ip address 10.9.0.1 255.255.255.0
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.9
 tunnel transform-set old
 tunnel pfs group 2
virtual-router isp
interface tunnel ipsec:c transport-virtual-router default
 ip address 10.8.0.1 255.255.255.0
 tunnel source 192.0.2.1
 tunnel destination 192.0.2.9
 tunnel transform-set old
 tunnel local-identity subnet 10.8.0.0 255.255.0.0
 tunnel peer-identity subnet 10.7.0.0 255.255.0.0
 tunnel pfs group 5
virtual-router default
"""

TUNNEL = """interface tunnel ipsec:site%05d
 ip address 172.%d.%d.1 255.255.255.252
 tunnel source 192.0.2.1
 tunnel destination 198.51.%d.%d
 tunnel transform-set old
 tunnel pfs group 2
"""
TUNNELS = 2000
SHORT = 40000  # bytes


def report(router):
    return router.rows("show ipsec crypto-report")


def uses(rows):
    return {(row["subject"], row["place"]): row
            for row in rows if row["line"] == "use"}


def stage(rows, number):
    return [row["command"] for row in rows
            if row["line"] == "stage" and row["stage"] == number]


def paste(router, lines):
    path = router.home / "pasted"
    path.write_text("\n".join(lines) + "\n")
    router.shell("-f", str(path), status=lab.DONE)


def stages():
    router = lab.Router("stages").start()
    router.load(SITE)
    before = report(router)

    @lab.claim("what is weak is found, with its users")
    def _():
        found = uses(before)
        lab.same("users", found["esp-des-hmac-md5", "tunnel"]["names"], "b, c")
        lab.same("rule", found["group 1", "policy-rule"]["names"], "1")
        lab.same("group", found["group 2", "tunnel"]["names"], "b")
        lab.same("key", found["key", "preshared-key"]["names"], "192.0.2.9")
        lab.holds(all(row["cost_ns"] > 0 for row in before
                      if row["line"] == "cost"), "a transform costs nothing")

    @lab.claim("each stage can be pasted, and the way ends with nothing weak")
    def _():
        for number in (1, 2, 4):
            lines = stage(report(router), number)
            lab.holds(len(lines) > 3, "stage %d is empty" % number)
            paste(router, lines)
            if number == 1:
                lab.same("set while both are offered",
                         router.ask("show ipsec transform-set old").split()[3:],
                         ["{esp-aes256-hmac-sha256,", "esp-des-hmac-md5,",
                          "esp-3des-hmac-sha}."])
                lab.same("stage 1 is done", stage(report(router), 1), [])
        lab.same("what is left", list(uses(report(router))),
                 [("key", "preshared-key")])
    router.stop()


def many():
    router = lab.Router("many").start()
    router.load(SITE + "".join(
        TUNNEL % (n, 16 + n // 250, n % 250, n // 250, n % 250 + 1)
        for n in range(TUNNELS)))

    @lab.claim("with many tunnels names and commands stay few")
    def _():
        text = router.ask("show ipsec crypto-report")
        found = uses(report(router))
        use = found["group 2", "tunnel"]
        lab.same("users", use["users"], TUNNELS + 1)
        lab.holds(use["names"].endswith(", and %d more" % (TUNNELS + 1 - 6)),
                  use["names"])
        lab.holds(len(text) < SHORT, "%d bytes" % len(text))
    router.stop()


lab.tell(stages, many)
