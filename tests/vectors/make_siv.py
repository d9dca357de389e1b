#!/usr/bin/python3
"""AES-SIV (RFC 5297) written out step by step, for the known answer in
tests/unit/dataplane-sim/crypto/test_seal.c.

Only AES-ECB is borrowed; S2V, CMAC and CTR are here, so the answer does not
come from the code under test.  The RFC's own example (A.1) is checked first.
"""
import base64

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def aes(key, block):
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return cipher.update(block)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def double(block):
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = (number & ((1 << 128) - 1)) ^ 0x87
    return number.to_bytes(16, "big")


def pad(text):
    return text + b"\x80" + bytes(15 - len(text) % 16)


def cmac(key, text):
    one = double(aes(key, bytes(16)))
    if text and len(text) % 16 == 0:
        last = xor(text[-16:], one)
        head = text[:-16]
    else:
        cut = len(text) // 16 * 16
        last = xor(pad(text[cut:]), double(one))
        head = text[:cut]
    state = bytes(16)
    for at in range(0, len(head), 16):
        state = aes(key, xor(state, head[at:at + 16]))
    return aes(key, xor(state, last))


def s2v(key, headers, text):
    d = cmac(key, bytes(16))
    for header in headers:
        d = xor(double(d), cmac(key, header))
    if len(text) >= 16:
        t = text[:-16] + xor(text[-16:], d)
    else:
        t = xor(double(d), pad(text))
    return cmac(key, t)


def siv(key, headers, text):
    half = len(key) // 2
    v = s2v(key[:half], headers, text)
    q = int.from_bytes(v, "big") & ~(1 << 63) & ~(1 << 31)
    out = b""
    for at in range(0, len(text), 16):
        stream = aes(key[half:], (q % (1 << 128)).to_bytes(16, "big"))
        out += xor(text[at:at + 16], stream)
        q += 1
    return v + out


A1_KEY = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0"
                       "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
A1_HEADER = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
A1_TEXT = bytes.fromhex("112233445566778899aabbccddee")
assert siv(A1_KEY, [A1_HEADER], A1_TEXT).hex() == (
    "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c")

for clear in (b"k", b"preshared secret"):
    sealed = siv(bytes(range(64)), [], clear)
    print(len(clear), "$e1$" + base64.b64encode(sealed).decode())
