#!/usr/bin/python3 -B
"""make.py - writes the files beside it anew, which transcripts import.

Keys are those of tests/vectors/rsa_keys.pem, which are no secret.  But for the
salts of gate.p12, what is written is the same each time.
"""
import datetime
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parents[1] / "vectors" / "rsa_keys.pem"
END = b"-----END PRIVATE KEY-----\n"
ROOT, OTHER, STRONG = 0, 4, 7  # their places in the file
FROM = datetime.datetime(2020, 1, 1)
TO = datetime.datetime(2049, 12, 31)
PEM = serialization.Encoding.PEM
PHRASE = b"a golden phrase"


def key(place):
    return serialization.load_pem_private_key(
        VECTORS.read_bytes().split(END)[place] + END, None)


def name(common):
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "XT"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Golden"),
        x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(subject, owner, issuer, signer, serial, to=TO):
    builder = x509.CertificateBuilder(
        issuer_name=name(issuer), subject_name=name(subject),
        public_key=key(owner).public_key(), serial_number=serial,
        not_valid_before=FROM, not_valid_after=to)
    builder = builder.add_extension(
        x509.BasicConstraints(subject == issuer, None), critical=True)
    if subject != issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName(subject)]), critical=False)
    return builder.sign(key(signer), hashes.SHA256())


def revocations(issuer, signer, serials):
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=name(issuer), last_update=FROM, next_update=TO)
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(serial, FROM).build())
    return builder.sign(key(signer), hashes.SHA256())


root = certificate("Root", ROOT, "Root", ROOT, 1)
gate = certificate("gate.example.test", STRONG, "Root", ROOT, 2)
stranger = certificate("peer.example.test", OTHER, "Root", ROOT, 3)
(HERE / "root.cer").write_bytes(root.public_bytes(PEM))
(HERE / "stranger.cer").write_bytes(stranger.public_bytes(PEM))
(HERE / "root.crl").write_bytes(
    revocations("Root", ROOT, (3, 4)).public_bytes(PEM))
(HERE / "revoked.crl").write_bytes(
    revocations("Root", ROOT, (2,)).public_bytes(PEM))
(HERE / "gate.p12").write_bytes(pkcs12.serialize_key_and_certificates(
    b"gate", key(STRONG), gate, None,
    serialization.BestAvailableEncryption(PHRASE)))
