#!/usr/bin/python3 -B
"""`show configuration` loads into an empty router that has the same key file,
and prints the same there but for its dated first line.  A router with
another key file refuses it in a sentence.
"""
import shutil
import subprocess

import lab
import transforms

RICH = """hostname rich-1
ipsec lifetime seconds 7200 kilobytes 204800
ipsec transform-set signaled esp-3des-hmac-sha esp-des-hmac-md5 ah-hmac-sha
virtual-router transport
interface fastEthernet 1/0
 ip address 198.51.100.1 255.255.255.0
 ip mtu 1400
 description "quoted" ! and | odd ? text
 exit
ip route 0.0.0.0 0.0.0.0 198.51.100.254 200
virtual-router "with blank"
interface null 0
 exit
interface loopback 4294967295
 ip address 10.200.0.1 255.255.255.255
 exit
interface tunnel ipsec:a-b.c_d transport-virtual-router transport
 ip address 172.31.0.1 255.255.255.254
 tunnel signaling manual
 tunnel source 198.51.100.1
 tunnel destination 203.0.113.9
 tunnel transform-set esp-des-hmac-sha
 tunnel local-identity range 10.200.0.1 10.200.0.9
 tunnel peer-identity address 10.201.0.1
 tunnel lifetime seconds 3600 kilobytes 200000
 tunnel pfs group 5
 tunnel mtu 160
 tunnel session-key-inbound esp-des-hmac-sha 0xfffffffe {des_in}
 tunnel session-key-outbound esp-des-hmac-sha 256 {des_out}
 description the far end
 shutdown
 ip shutdown
 exit
ip route 10.201.0.0 255.255.0.0 tunnel ipsec:a-b.c_d 7
ip route 10.202.0.0 255.255.0.0 null 0
ip route 10.202.0.0 255.255.0.0 loopback 4294967295 250
virtual-router default
interface null 0
 exit
interface gigabitEthernet 2/0
 ip address 203.0.113.1 255.255.255.128
 shutdown
 exit
interface tunnel ipsec:spoke
 ip address 172.30.0.1 255.255.255.252
 tunnel source identity gw@example.net
 tunnel destination identity spoke.example.net
 tunnel destination backup identity spare.example.net
 tunnel transform-set signaled
 tunnel lifetime kilobytes 4294967295
 tunnel local-identity subnet 10.1.0.0 255.255.0.0
 exit
"""
CHASSIS = """0/0 pcap out=a.pcap
1/0 pcap out=b.pcap
2/0 pcap out=c.pcap
"""


def rich():
    des = transforms.by_name("esp-des-hmac-sha")
    return transforms.script(transforms.TUNNELS) + RICH.format(
        des_in=des.typed(des.keys_in), des_out=des.typed(des.keys_out))


def printed(router):
    return router.ask("show configuration")


def rest(text):
    return text.splitlines()[1:]


def bare(text):
    """The script without its comments and blanks."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("!")]


def first_claim(router, script):
    def check():
        router.load(script)
        text = printed(router)
        lab.holds(text.startswith("! Configuration script"),
                  "the first line is " + text.splitlines()[0])
        words = bare(text)
        for line in bare(script):
            if line in ("configure terminal", "exit"):
                continue
            if "session-key" in line:  # its keys are masked
                line = " ".join(line.split()[:3])
                lab.holds(any(word.startswith(line) for word in words),
                          "not printed: " + line)
            else:
                lab.holds(line in words, "not printed: " + line)

    lab.claim("a rich configuration is accepted and printed")(check)


def twin_claim(router, twin):
    def check():
        text = printed(router)
        run = twin.load(text)
        lab.within(run.stdout, "Commit complete")
        lab.same("the twin's configuration", rest(printed(twin)), rest(text))
        lab.same("the same as JSON", twin.json("show configuration"),
                 router.json("show configuration"))
        twin.stop()
        twin.start()
        lab.same("the same after a restart", rest(printed(twin)), rest(text))

    lab.claim("it loads into an empty router with the same key file")(check)


def again_claim(router):
    def check():
        path = router.home / "printed"
        path.write_text(printed(router))
        run = router.shell("-f", path, "-c", "show configuration | compare",
                           "-c", "commit", status=lab.DONE)
        lab.within(run.stdout, "Nothing to commit")

    lab.claim("loaded over itself it changes nothing")(check)


def file_claim(router, twin):
    def check():
        path = twin.home / "printed"
        path.write_text(printed(router))
        twin.ask("configure terminal", "no interface tunnel ipsec:spoke",
                 "no hostname", "commit")
        twin.ask("configure file %s" % path, "commit")
        lab.same("the twin's configuration", rest(printed(twin)),
                 rest(printed(router)))

    lab.claim("`configure file` takes it too")(check)


def stranger_claim(router, stranger):
    def check():
        before = printed(stranger)
        run = stranger.load(printed(router), status=lab.REFUSED)
        lab.within(run.stderr, "another router's key file")
        lab.within(run.stderr, "--import-key")
        lab.same("the stranger's configuration", rest(printed(stranger)),
                 rest(before))

    lab.claim("a router with another key file refuses it")(check)


def import_claim(router, stranger):
    def check():
        stranger.stop()
        run = subprocess.run(
            [lab.ERMINED, "--state-dir", stranger.state, "--import-key",
             router.state / "secret.key"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=lab.WAIT_S)
        lab.same("exit status of --import-key", run.returncode, 0)
        stranger.start()
        stranger.load(printed(router))
        lab.same("its configuration", rest(printed(stranger)),
                 rest(printed(router)))

    lab.claim("with the key file imported it takes it")(check)


def main():
    router = lab.Router("first", CHASSIS).start()
    first_claim(router, rich())
    twin = lab.Router("twin", CHASSIS)
    twin.state.mkdir(mode=0o700)
    shutil.copy(router.state / "secret.key", twin.state)
    twin_claim(router, twin.start())
    again_claim(router)
    file_claim(router, twin)
    stranger = lab.Router("stranger", CHASSIS).start()
    stranger_claim(router, stranger)
    import_claim(router, stranger)
    for one in (router, twin, stranger):
        one.stop()


lab.tell(main)
