"""The signed record: one spelling, and no byte of it can be another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.reputation.rules import (
    CategoryRecord,
    Flaw,
    Reputation,
    canonical,
    flaw_of,
    signed_text,
)
from gateway.signing import Ed25519Signer, is_signed

SIGNER = Ed25519Signer([b"a secret of the tests"])
REPUTATION = Reputation(
    issuer="https://work.example",
    public_id="mem1_AAAAAAAAAAAAAAAAAAAAAA",
    as_of=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    categories=(CategoryRecord(category="labeling", good=12, bad=1),),
    level=2,
    points=3_120,
    star_counts=(0, 0, 1, 2, 7),
)


def signed(signer: Ed25519Signer = SIGNER) -> bytes:
    record = canonical(REPUTATION)
    return signed_text(record, key_id=signer.key_id, signature=signer.sign(record)).encode()


def flaw(text: bytes) -> Flaw | None:
    return flaw_of(text, keys=SIGNER.public_keys, check=is_signed)


def test_what_is_signed_has_one_spelling() -> None:
    """Another program must come to the same bytes: sorted keys, no blanks, no name."""
    assert canonical(REPUTATION) == (
        b'{"as_of":"2026-11-22T09:30:00+00:00","categories":{"labeling":{"bad":1,"good":12}},'
        b'"format":"piecerate-reputation-1","issuer":"https://work.example","level":2,'
        b'"points":3120,"public_id":"mem1_AAAAAAAAAAAAAAAAAAAAAA","ratings":[0,0,1,2,7]}'
    )
    assert flaw(signed()) is None


def test_no_byte_can_be_another() -> None:
    """Each of them, changed, left out or doubled."""
    text = signed()
    for place in range(len(text)):
        for other in (
            text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + text[place : place + 1] + text[place:],
        ):
            assert flaw(other) is not None, (place, other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", Flaw.NO_RECORD),
        (b"[" * 50_000, Flaw.NO_RECORD),
        (b'{"key_id":1,"record":{},"signature":""}\n', Flaw.NO_RECORD),
        (signed().replace(b",", b", ", 1), Flaw.OTHER_SPELLING),
        (signed(Ed25519Signer([b"somebody else"])), Flaw.UNKNOWN_KEY),
        (signed().replace(b'"signature":"', b'"signature":"!'), Flaw.WRONG_SIGNATURE),
    ],
)
def test_what_is_wrong_is_named(text: bytes, expected: Flaw) -> None:
    """So that somebody with the wrong file of keys does not suspect the worker."""
    assert flaw(text) is expected


def test_a_replaced_secret_leaves_older_records_valid() -> None:
    """Its public key stays published."""
    newer = Ed25519Signer([b"a newer secret", b"a secret of the tests"])
    assert newer.key_id != SIGNER.key_id
    assert flaw_of(signed(), keys=newer.public_keys, check=is_signed) is None
