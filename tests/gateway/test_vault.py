"""The vault: only this key, this row and this column open what was sealed."""

from __future__ import annotations

import pytest

from gateway.vault import AesVault, Sealed

VAULT = AesVault(b"a secret of the tests, long enough")
OTHER = AesVault(b"another secret, long enough as well")
CONTEXT = b"destination:1:fields"


def test_opens_what_it_sealed() -> None:
    """Also nothing at all, also with a new vault of the same key."""
    again = AesVault(b"a secret of the tests, long enough")

    for plaintext in (b"", b"DE02120300000000202051"):
        blob = VAULT.seal(plaintext, context=CONTEXT)
        assert again.unseal(blob, context=CONTEXT) == plaintext


def test_the_same_is_never_sealed_alike() -> None:
    """Else equal accounts would show."""
    assert VAULT.seal(b"same", context=CONTEXT) != VAULT.seal(b"same", context=CONTEXT)


def test_a_blob_moved_or_changed_does_not_open() -> None:
    """Every byte of it is guarded, and the place where it lies."""
    blob = VAULT.seal(b"DE02120300000000202051", context=CONTEXT)

    with pytest.raises(Sealed):
        VAULT.unseal(blob, context=b"destination:2:fields")
    with pytest.raises(Sealed):
        OTHER.unseal(blob, context=CONTEXT)
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises(Sealed):
            VAULT.unseal(bytes(changed), context=CONTEXT)
    for length in range(len(blob)):
        with pytest.raises(Sealed):
            VAULT.unseal(blob[:length], context=CONTEXT)


def test_fingerprints_are_equal_for_equal_content_under_one_key() -> None:
    """Duplicates show; without the key nothing can be guessed."""
    assert VAULT.fingerprint(b"x") == VAULT.fingerprint(b"x")
    assert VAULT.fingerprint(b"x") != OTHER.fingerprint(b"x")
    assert len(VAULT.fingerprint(b"x")) == 32


def test_shows_nothing_of_its_key() -> None:
    """Not even in a log of locals."""
    assert repr(VAULT) == "AesVault()"
