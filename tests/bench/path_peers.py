#!/usr/bin/python3 -B
"""Other people's tunnels beside ours: AES-128-CBC with HMAC-SHA-1 between two
network namespaces, one TCP stream, and UDP packets of 1400 bytes.

All contenders are up together and take turns, three rounds of them; a ratio
is the median of those of the rounds.  `udp` is the highest rate at which at
most one packet of a thousand was lost, found by halving.
"""
import statistics
import sys

import contenders
from contenders import (BareCopy, Contender, Ermine, ErmineUdp, OpenVpn,
                        StrongSwan)

ROUNDS = 3
TCP_S = 4
UDP_S = 1
STEPS = 6
LOSS = 0.001
OURS = {"ermine-udp": ["veth", "strongswan", "openvpn"],
        "ermine-esp": ["veth", "bare-copy", "openvpn"]}


def tcp_rounds(all_of_them):
    rates = {one.name: [] for one in all_of_them}
    for _ in range(ROUNDS):
        for one in all_of_them:
            rates[one.name].append(one.tcp(TCP_S))
    return rates


def highest_rate(one):
    """Packets a second that arrive."""
    low, high = 0.0, one.udp(UDP_S, 0)[0]
    best = 0.0
    for _ in range(STEPS):
        rate = (low + high) / 2
        sent, lost = one.udp(UDP_S, rate)
        if lost <= LOSS:
            low, best = rate, max(best, sent)
        else:
            high = rate
    return best


def ratio(rates, ours, other):
    return round(statistics.median(
        a / b for a, b in zip(rates[ours], rates[other])), 3)


def table(kind, unit, rates):
    for name, values in rates.items():
        figures = {"kind": kind, "contender": name,
                   unit: round(statistics.median(values))}
        for other in OURS.get(name, []):
            if other in rates:
                figures["by_" + other.replace("-", "_")] = ratio(
                    rates, name, other)
        contenders.row(**figures)


def main():
    contenders.begin("ip", "iperf3", "openvpn", "swanctl", "charon-systemd")
    all_of_them = [kind() for kind in (Contender, BareCopy, Ermine, ErmineUdp,
                                       StrongSwan, OpenVpn)]
    table("tcp", "mbit_s", tcp_rounds(all_of_them))
    table("udp 1400", "packets_s", {
        one.name: [max(highest_rate(one) for _ in range(2))]
        for one in all_of_them if one.name in OURS or one.name == "veth"})


if __name__ == "__main__":
    main()
    sys.exit(0)
