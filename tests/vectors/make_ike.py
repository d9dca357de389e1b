#!/usr/bin/python3
"""Keys of IKEv1 and Diffie-Hellman, computed without our code.

Usage: make_ike.py > ike.txt

    dh GROUP PRIVATE PUBLIC PEER SHARED
    phase1 PRF CIPHER PSK NI NR CKY-I CKY-R KE-I KE-R SECRET SA ID-I ID-R
        SKEYID D A CIPHER-KEY IV HASH-I HASH-R MESSAGE-ID LAST-BLOCK IV2
    phase2 PRF TRANSFORM D SECRET PROTOCOL SPI NI NR ENCRYPTION AUTHENTICATION

Numbers are decimal, bytes hexadecimal, "-" is nothing.  The formulas are
those of RFC 2409, 5 and appendix B; the MODP primes come from their
definition by pi (RFC 2409, 6; RFC 3526), the curves from python3-cryptography.
"""
import hashlib
import hmac
import random

from cryptography.hazmat.primitives.asymmetric import ec

rng = random.Random(2409)
PRFS = ["md5", "sha1", "sha256", "sha384", "sha512"]
CIPHERS = {"des": (8, 8), "3des": (24, 8), "aes128": (16, 16),
           "aes192": (24, 16), "aes256": (32, 16)}
MODP = {1: (768, 149686, 32), 2: (1024, 129093, 32), 5: (1536, 741804, 32),
        14: (2048, 124476, 40), 15: (3072, 1690314, 52),
        16: (4096, 240904, 60)}
CURVES = {19: (ec.SECP256R1(), 32), 20: (ec.SECP384R1(), 48),
          21: (ec.SECP521R1(), 66)}
TRANSFORMS = {"esp-des-hmac-md5": (3, 8, 16), "esp-3des-hmac-sha": (3, 24, 20),
              "esp-aes256-hmac-sha256": (3, 32, 32),
              "esp-aes256-gcm": (3, 36, 0), "ah-hmac-sha": (2, 0, 20),
              "esp-hmac-md5": (3, 0, 16)}


def some(n):
    return bytes(rng.randrange(256) for _ in range(n))


def pi_times(bits):
    """floor(pi * 2^bits), by Machin's formula in integers."""
    one = 1 << (bits + 64)

    def arctan(x):
        term = total = one // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total
    return 4 * (4 * arctan(5) - arctan(239)) >> 64


def prime(bits, offset):
    return (1 << bits) - (1 << (bits - 64)) - 1 + \
        ((pi_times(bits - 130) + offset) << 64)


def private(size, mask=0xff):
    value = bytearray(some(size))
    value[0] &= mask
    value[-1] |= 2
    return bytes(value)


def show(*fields):
    print(*(f.hex() or "-" if isinstance(f, bytes) else f for f in fields))


def diffie_hellman():
    for group, (bits, offset, size) in MODP.items():
        p, n = prime(bits, offset), bits // 8
        x, y = private(size), private(size)
        public = pow(2, int.from_bytes(x, "big"), p)
        peer = pow(2, int.from_bytes(y, "big"), p)
        shared = pow(peer, int.from_bytes(x, "big"), p)
        show("dh", group, x, *(v.to_bytes(n, "big")
                               for v in (public, peer, shared)))
    for group, (curve, size) in CURVES.items():
        x = private(size, 1 if group == 21 else 0xff)
        ours = ec.derive_private_key(int.from_bytes(x, "big"), curve)
        theirs = ec.derive_private_key(int.from_bytes(
            private(size - 1), "big"), curve)

        def point(key):
            n = key.public_key().public_numbers()
            return n.x.to_bytes(size, "big") + n.y.to_bytes(size, "big")
        show("dh", group, x, point(ours), point(theirs),
             ours.exchange(ec.ECDH(), theirs.public_key()))


def prf(name, key, text):
    return hmac.new(key, text, name).digest()


def stretch(name, key, seed, size):
    """K1 = prf(key, seed), K2 = prf(key, K1 | seed), ..."""
    out = block = b""
    while len(out) < size:
        block = prf(name, key, block + seed)
        out += block
    return out[:size]


def phase1(name, cipher):
    psk = some(rng.randrange(1, 200))
    ni, nr = some(rng.randrange(8, 40)), some(rng.randrange(8, 256))
    ci, cr = some(8), some(8)
    kei, ker, secret = some(128), some(128), some(128)
    sa, idi, idr = some(60), some(8), some(30)
    skeyid = prf(name, psk, ni + nr)
    d = prf(name, skeyid, secret + ci + cr + b"\0")
    a = prf(name, skeyid, d + secret + ci + cr + b"\1")
    e = prf(name, skeyid, a + secret + ci + cr + b"\2")
    size, block = CIPHERS[cipher]
    key = e
    if len(e) < size:
        key = part = prf(name, e, b"\0")
        while len(key) < size:
            part = prf(name, e, part)
            key += part
    iv = hashlib.new(name, kei + ker).digest()[:block]
    hash_i = prf(name, skeyid, kei + ker + ci + cr + sa + idi)
    hash_r = prf(name, skeyid, ker + kei + cr + ci + sa + idr)
    mid, last = rng.randrange(1 << 32), some(block)
    iv2 = hashlib.new(name, last + mid.to_bytes(4, "big")).digest()[:block]
    show("phase1", name, cipher, psk, ni, nr, ci, cr, kei, ker, secret, sa,
         idi, idr, skeyid, d, a, key[:size], iv, hash_i, hash_r, mid, last,
         iv2)


def phase2(name, transform, with_secret):
    protocol, encryption, authentication = TRANSFORMS[transform]
    d = some(hashlib.new(name).digest_size)
    secret = some(128) if with_secret else b""
    spi = rng.randrange(256, 1 << 32)
    ni, nr = some(32), some(20)
    keys = stretch(name, d, secret + bytes([protocol]) +
                   spi.to_bytes(4, "big") + ni + nr,
                   encryption + authentication)
    show("phase2", name, transform, d, secret, protocol, spi, ni, nr,
         keys[:encryption], keys[encryption:])


diffie_hellman()
for prf_name in PRFS:
    for cipher_name in CIPHERS:
        phase1(prf_name, cipher_name)
    for transform_name in TRANSFORMS:
        phase2(prf_name, transform_name, False)
        phase2(prf_name, transform_name, True)
