"""UDP packets at a steady rate, for contenders.py: one end of a stream.

    udp_stream.py receive ADDRESS            prints "listening", then a count
    udp_stream.py send FROM TO RATE SECONDS  prints a count

The receiver's buffer holds what comes while it does not run, so that what is
lost was lost on the way.  A stream ends with a short packet, sent until the
receiver answers it.
"""
import socket
import sys
import time

PORT = 7008
PAYLOAD = bytes(1400 - 28)
BUFFER = 64 << 20
SO_RCVBUFFORCE = 33
TICK_S = 0.001


def receive(address):
    stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    stream.bind((address, PORT))
    stream.settimeout(20)
    buffer = bytearray(2048)
    count = 0
    print("listening", flush=True)
    while stream.recv_into(buffer) == len(PAYLOAD):
        count += 1
    stream.sendto(b"!", stream.recvfrom(2048)[1])
    print(count, flush=True)


def finish(stream):
    stream.settimeout(0.1)
    for _ in range(100):
        try:
            stream.send(b"?")
            stream.recv(1)
            return
        except OSError:
            continue


def send(source, target, rate, seconds):
    """A rate of 0 is as fast as it goes."""
    stream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream.bind((source, 0))
    stream.connect((target, PORT))
    begin = time.monotonic()
    sent = 0
    while (now := time.monotonic() - begin) < seconds:
        due = int(now * rate) if rate else sent + 64
        for _ in range(due - sent):
            stream.send(PAYLOAD)
        sent = due
        if rate:
            time.sleep(TICK_S)
    finish(stream)
    print(sent, flush=True)


if sys.argv[1] == "receive":
    receive(sys.argv[2])
else:
    send(sys.argv[2], sys.argv[3], float(sys.argv[4]), float(sys.argv[5]))
