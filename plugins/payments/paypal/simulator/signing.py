"""The simulator's own certificate authority, and how it signs webhooks as PayPal does.

The authority's key is computed, so that every process has the same one and none lies in a file.
It vouches for nothing but simulators: a live configuration cannot name it.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ALGORITHM: Final = "SHA256withRSA"
FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
AUTHORITY_LENGTH: Final = timedelta(days=365 * 40)
LEAF_LENGTH: Final = timedelta(days=365 * 20)
KEY_BITS: Final = 2048
NAME: Final = x509.Name(
    [x509.NameAttribute(NameOID.COMMON_NAME, "Piecerate PayPal simulator: for tests only")]
)


@cache
def authority_key() -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha256(b"piecerate paypal simulator").digest())
    return ec.derive_private_key(number >> 1, ec.SECP256R1())


@cache
def leaf_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


@cache
def authority() -> x509.Certificate:
    key = authority_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _builder(NAME, key.public_key(), until=FROM + AUTHORITY_LENGTH)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def root_pem() -> str:
    """What an instance that talks to the simulator names as `certificate_roots`."""
    return authority().public_bytes(Encoding.PEM).decode()


@cache
def certificate_pem(name: str, *, until: datetime = FROM + LEAF_LENGTH) -> bytes:
    """The certificate that webhooks are signed with, in the name of `name`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = authority_key().public_key()
    leaf = (
        _builder(subject, leaf_key().public_key(), until=until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key(), hashes.SHA256())
    )
    return leaf.public_bytes(Encoding.PEM)


def signed_headers(
    body: bytes, *, transmission_id: str, at: datetime, webhook_id: str, certificate_url: str
) -> Mapping[str, str]:
    time = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    message = f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = leaf_key().sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {
        "PAYPAL-AUTH-ALGO": ALGORITHM,
        "PAYPAL-CERT-URL": certificate_url,
        "PAYPAL-TRANSMISSION-ID": transmission_id,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
        "PAYPAL-TRANSMISSION-TIME": time,
    }


def _builder(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    *,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(NAME)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(until)
    )
