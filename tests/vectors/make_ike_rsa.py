#!/usr/bin/python3
"""RSA keys, and signatures of IKEv1 made without our code and without OpenSSL.

Usage: make_ike_rsa.py > ike_rsa.txt

    key NAME BITS PKCS8 SUBJECT-PUBLIC-KEY-INFO
    signed PRF KEY NI NR SECRET CKY-I CKY-R KE-I KE-R SA ID-I ID-R
        SKEYID HASH-I HASH-R SIGNATURE-I SIGNATURE-R

Bytes are hexadecimal.  SKEYID = prf(Ni | Nr, g^xy), and a signature is PKCS #1
block type 1 over the bare HASH_I or HASH_R (RFC 2409, 5.1), worked out with
Python's integers.  The keys come from a seed: they are for tests alone.
"""
import hmac
import random

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

rng = random.Random(2409)
PRFS = ["md5", "sha1", "sha256", "sha384", "sha512"]
KEYS = {"a1024": 1024, "b1024": 1024, "a2048": 2048, "b2048": 2048,
        "a4096": 4096}
PUBLIC = 65537


def some(n):
    return bytes(rng.randrange(256) for _ in range(n))


def is_prime(n):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits):
    while True:
        n = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        if n % PUBLIC != 1 and is_prime(n):
            return n


def make_key(bits):
    p, q = prime(bits // 2), prime(bits // 2)
    d = pow(PUBLIC, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
        rsa.RSAPublicNumbers(PUBLIC, p * q))
    return numbers, numbers.private_key()


def show(*fields):
    print(*(f.hex() if isinstance(f, bytes) else f for f in fields))


def sign(numbers, text):
    n = numbers.public_numbers.n
    size = (n.bit_length() + 7) // 8
    block = b"\0\1" + b"\xff" * (size - 3 - len(text)) + b"\0" + text
    return pow(int.from_bytes(block, "big"), numbers.d, n).to_bytes(
        size, "big")


def prf(name, key, text):
    return hmac.new(key, text, name).digest()


def signed(name, key, numbers):
    ni, nr = some(rng.randrange(8, 256)), some(rng.randrange(8, 256))
    ci, cr, secret = some(8), some(8), some(128)
    kei, ker, sa = some(128), some(128), some(60)
    idi, idr = some(8), some(30)
    skeyid = prf(name, ni + nr, secret)
    hash_i = prf(name, skeyid, kei + ker + ci + cr + sa + idi)
    hash_r = prf(name, skeyid, ker + kei + cr + ci + sa + idr)
    show("signed", name, key, ni, nr, secret, ci, cr, kei, ker, sa, idi, idr,
         skeyid, hash_i, hash_r, sign(numbers, hash_i), sign(numbers, hash_r))


keys = {name: make_key(bits) for name, bits in KEYS.items()}
for name, (numbers, key) in keys.items():
    show("key", name, KEYS[name], key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()), key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo))
for name in PRFS:
    for key in ("a1024", "a2048"):
        signed(name, key, keys[key][0])
