"""Other people's tools look at what the router says: ike-scan asks it,
tshark reads along with the key of phase 1, which the peer logs."""
import re
import subprocess

import lab
import stories

# What psk-main is answered with, and what it must not be.
OURS = "5,2,1,2"
WRONG = "7/256,4,1,14"
ANSWER = "Enc=3DES Hash=SHA1 Auth=PSK Group=2:modp1024"


# ---- ike-scan ----

def scan(row, *words, node="@peer1"):
    return row.peer.run("exec", node, "ike-scan", "--sport=0", "--retry=1",
                        "--timeout=2000", *words, "203.0.113.1")


def scanned(row):
    """One that fits among others is chosen; nothing else is answered by more
    than a refusal; a stranger learns nothing about our rules."""
    before = row.ike_sas()
    for words in (("--trans=" + OURS,),
                  ("--trans=" + WRONG, "--trans=" + OURS)):
        text = scan(row, *words)
        lab.within(text, "Main Mode Handshake returned", "ike-scan")
        lab.within(text, ANSWER, "ike-scan")
    for words, node in ((("--trans=" + WRONG,), "@peer1"),
                        (("--aggressive", "--dhgroup=2", "--id=somebody",
                          "--trans=" + OURS), "@peer1"),
                        (("--trans=" + OURS,), "@wan")):
        text = scan(row, *words, node=node)
        lab.within(text, "NO-PROPOSAL-CHOSEN", "ike-scan")
        lab.within(text, "0 returned handshake", "ike-scan")
    lab.within(scan(row, "--ikev2"), "0 returned handshake; 0 returned notify",
               "ike-scan")
    lab.same("IKE SAs", row.ike_sas(), before)
    lab.holds(row.is_up() and row.peer.pings(), "the tunnel has suffered")
    return "answered 2 of 6 scans as configured, refused 3, ignored IKEv2"


# ---- tshark ----

FIELDS = ("ip.src", "isakmp.exchangetype", "isakmp.typepayload",
          "isakmp.trans.id", "isakmp.ipsec.attr.encap_mode",
          "isakmp.ipsec.attr.auth_algorithm", "isakmp.ipsec.attr.life_duration",
          "isakmp.id.data.ipv4_addr", "isakmp.delete.spi", "_ws.malformed")
IKE = "udp port 500 or (udp port 4500 and udp[8:4] = 0)"
MAIN, INFORMATIONAL, QUICK = "2", "5", "32"


class Capture:
    """IKE on the wire between router and peer."""

    def __init__(self, peer):
        self.path = lab.folder("capture") / "ike.pcap"
        self.process = lab.start(
            ["ip", "netns", "exec", peer.names["PEER_NS_WAN"], "tcpdump",
             "-i", "br0", "-U", "--immediate-mode", "-Z", "root", "-w",
             str(self.path), IKE],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while "listening" not in (line := self.process.stderr.readline()):
            lab.holds(line != "", "tcpdump has ended")

    def messages(self, cookie, key):
        """Of one IKE SA, decrypted: FIELDS of each."""
        answer = subprocess.run(
            ["tshark", "-r", str(self.path), "-Y", "isakmp.ispi == " + cookie,
             "-o", "uat:ikev1_decryption_table:%s,%s" % (cookie, key),
             "-T", "fields",
             *[word for field in FIELDS for word in ("-e", field)]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lab.same("status of tshark: " + answer.stderr, answer.returncode, 0)
        return [dict(zip(FIELDS, line.split("\t")))
                for line in answer.stdout.splitlines()]


def key_of_last(log):
    """Of phase 1: what the peer's log says of it at level 4."""
    lines = log[log.rindex("encryption key Ka =>"):].splitlines()[1:]
    digits = ""
    for line in lines:
        found = re.search(r"\] +\d+: ((?:[0-9A-F]{2} ){1,16})", line)
        if found is None:
            return digits
        digits += found.group(1).replace(" ", "")
    return digits


def dissected(row):
    """From its first message to the last: each of ours is what tshark
    expects."""
    (cookies,) = row.ike_sas()
    (spi,) = row.spis("in")
    key = key_of_last(row.peer.log())
    stories.ended_by_us(row)
    messages = lab.wait_for("the DELETE of phase 1", lambda: deleted(
        row.capture.messages(cookies[0], key), "".join(cookies)))
    ours = [each for each in messages if each["ip.src"] == "203.0.113.1"]
    lab.holds(all(each["_ws.malformed"] == "" and each["isakmp.typepayload"]
                  for each in messages), "not readable: %s" % messages)
    lab.same("payloads of our messages, by exchange", [
        (each["isakmp.exchangetype"],
         re.sub("(,13)+", ",13", each["isakmp.typepayload"]))
        for each in ours], OURS_BEGUN if row.begins else OURS_ANSWERED)
    quick = next(each for each in ours
                 if each["isakmp.exchangetype"] == QUICK)
    lab.same("3DES, UDP tunnel, SHA", (
        quick["isakmp.trans.id"], quick["isakmp.ipsec.attr.encap_mode"],
        quick["isakmp.ipsec.attr.auth_algorithm"]), ("3", "3", "2"))
    lab.within(quick["isakmp.id.data.ipv4_addr"], "192.168.10.0")
    lab.within(",".join(each["isakmp.delete.spi"] for each in ours), spi,
               "what we delete")
    return "%d messages decrypted, %d of them ours" % (
        len(messages), len(ours))


def deleted(messages, cookies):
    """All messages, once the last of them is there."""
    return messages if any(each["isakmp.delete.spi"] == cookies
                           for each in messages) else None


# SA with a transform, vendor ids, however many; KE, nonce, NAT-D; ID, hash,
# notification.
# Then hash, SA, nonce, two IDs; hash alone; hash and DELETE, of the IPsec SA
# and of the IKE SA.
OURS_BEGUN = [
    (MAIN, "1,2,3,13"), (MAIN, "4,10,20,20"), (MAIN, "5,8,11"),
    (QUICK, "8,1,2,3,10,5,5"), (QUICK, "8"),
    (INFORMATIONAL, "8,12"), (INFORMATIONAL, "8,12")]
OURS_ANSWERED = [
    (MAIN, "1,2,3,13"), (MAIN, "4,10,20,20"), (MAIN, "5,8,11"),
    (QUICK, "8,1,2,3,10,5,5,11"),
    (INFORMATIONAL, "8,12"), (INFORMATIONAL, "8,12")]
