"""A verifier is told what it declared and nothing more, and its answers are held to the port."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.provider import NoAnswer, NotSent, OutcomeUnknown, PluginBug, Unsupported
from domain.verification.provider import (
    CheckKind,
    CheckOutcome,
    ChecksByFile,
    CheckState,
    HostedCheck,
    ListHit,
    ReadsLists,
    Reason,
    StartsHostedChecks,
    Subject,
    SubjectField,
)
from plugins.manifest_checks import class_problems
from tests.make.providers import CONTEXT
from tests.make.verifiers import (
    ADA,
    VERIFIER,
    HostedVerifier,
    ToldVerifier,
    answering,
    guarded_verifier,
    request_of,
)

HIT = ListHit(list_id="ofac", entry_id="1", entry_digest="aa", score=97, name="A")
WRONG = {
    "expires": CheckOutcome(state=CheckState.EXPIRED),
    "a hit without an entry": CheckOutcome(state=CheckState.HIT),
    "an entry without a hit": CheckOutcome(state=CheckState.VERIFIED, hits=(HIT,)),
    "an end of what does not hold": CheckOutcome(
        state=CheckState.MISMATCH, valid_until=date(2027, 1, 1)
    ),
    "a fact with a space": CheckOutcome(state=CheckState.VERIFIED, facts={"a b": "1"}),
    "a long fact": CheckOutcome(state=CheckState.VERIFIED, facts={"a": "1" * 201}),
    "too many facts": CheckOutcome(
        state=CheckState.VERIFIED, facts={f"f{each}": "1" for each in range(21)}
    ),
    "a reason in words": CheckOutcome(
        state=CheckState.MISMATCH, reasons=(Reason(code="Not you!"),)
    ),
    "a script as address": CheckOutcome(
        state=CheckState.NEEDS_INPUT, redirect_url="javascript:alert(1)"
    ),
    "an open address": CheckOutcome(
        state=CheckState.NEEDS_INPUT, redirect_url="http://example.com/"
    ),
    "a mapping": {"state": "verified"},
    "nothing": None,
}


@pytest.mark.asyncio
async def test_only_declared_fields_leave_the_house() -> None:
    """Data minimisation is the guard's business, not the good will of a plugin."""
    verifier = ToldVerifier(answering(CheckState.VERIFIED))

    await guarded_verifier(verifier).check(request_of(), CONTEXT)
    await guarded_verifier(verifier).check(request_of(CheckKind.DOCUMENT), CONTEXT)

    number, document = verifier.asked
    assert number.subject == Subject(name=ADA.name, country=ADA.country, tax_number=ADA.tax_number)
    assert (number.files, number.given) == ((), {})
    assert document.subject == Subject(name=ADA.name)
    assert [each.name for each in document.files] == ["front"]


def test_what_is_missing_is_known_before_anybody_is_asked() -> None:
    """The member is asked first; fields that are only nice to have are not asked for."""
    needs = VERIFIER.kinds[CheckKind.TAX_ID_ISSUED]

    assert needs.lacking(Subject(name="Ada")) == {SubjectField.TAX_NUMBER}
    assert needs.lacking(replace(ADA, country=None)) == frozenset()


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.asyncio
async def test_an_answer_that_breaks_the_port_is_no_answer(how: str) -> None:
    """It is counted as a bug of the plugin, and harms no member."""
    answer: Any = WRONG[how]

    async def script(_: object) -> Any:
        return answer

    with pytest.raises(NoAnswer):
        await guarded_verifier(ToldVerifier(script)).check(request_of(), CONTEXT)


@pytest.mark.asyncio
async def test_a_format_is_never_verified() -> None:
    """Well-formed says nothing about whose number it is."""
    guarded = guarded_verifier(ToldVerifier(answering(CheckState.VERIFIED)))

    with pytest.raises(NoAnswer):
        await guarded.check(request_of(CheckKind.TAX_ID_FORMAT), CONTEXT)


@pytest.mark.parametrize("error", [RuntimeError("x"), Unsupported(), NotSent(), SystemExit(3)])
@pytest.mark.asyncio
async def test_whatever_a_check_raises_is_no_answer(error: BaseException) -> None:
    """UNAVAILABLE, never MISMATCH."""
    with pytest.raises(NoAnswer):
        await guarded_verifier(ToldVerifier(answering(error))).check(request_of(), CONTEXT)


@pytest.mark.asyncio
async def test_a_start_that_nobody_understands_may_have_begun() -> None:
    """It is looked up by our reference; one that certainly was not sent may go elsewhere."""

    async def wrong(_: object) -> HostedCheck:
        return HostedCheck(provider_ref="vs_1", redirect_url="ftp://example.com")

    async def hangs(_: object) -> HostedCheck:
        raise TimeoutError

    async def away(_: object) -> HostedCheck:
        raise NotSent("refused")

    for opening, raised in ((wrong, PluginBug), (hangs, OutcomeUnknown), (away, NotSent)):
        verifier = HostedVerifier(answering(CheckState.PENDING), opening=opening)
        guarded = guarded_verifier(verifier)
        assert isinstance(guarded, StartsHostedChecks)
        assert not isinstance(guarded, ReadsLists | ChecksByFile)
        with pytest.raises(raised):
            await guarded.start(request_of(), CONTEXT)


def test_a_manifest_that_says_nothing_is_refused() -> None:
    """Before anything is opened."""

    class Silent(ToldVerifier):
        pass

    class Empty(HostedVerifier):
        pass

    Silent.manifest = replace(VERIFIER, kinds={}, countries=frozenset({"usa"}), lists=("ofac",))
    Empty.manifest = replace(VERIFIER, file_lines_max=3)
    silent, empty = class_problems(Silent), class_problems(Empty)

    assert "kinds are empty" in silent
    assert "country 'usa' is no ISO 3166 code" in silent
    assert any("ReadsLists" in each for each in silent)
    assert any("ChecksByFile" in each for each in empty)
    assert "config_type is no msgspec.Struct" in silent
