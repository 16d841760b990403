"""What is wrong with a verifier's manifest, or between it and the abilities of the class."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from re import fullmatch
from typing import Any, Final

from domain.verification.provider import (
    CheckKind,
    CheckNeeds,
    ChecksByFile,
    ReadsLists,
    StartsHostedChecks,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.form_schemas import schema_problems

COUNTRY: Final = r"[A-Z]{2}"
NAME: Final = r"[a-z][a-z0-9_]*"


def verifier_problems(offer: type[Any], manifest: VerifierManifest) -> list[str]:
    reads_lists, by_file = issubclass(offer, ReadsLists), issubclass(offer, ChecksByFile)
    answers = offer.check is not Verifier.check
    broken = {
        "kinds are empty": not manifest.kinds,
        "look_up_delays are empty": not manifest.look_up_delays,
        "load_deadline is not above zero": manifest.load_deadline <= timedelta(0),
        "lists are named by those who read lists (ReadsLists), and by them only": bool(
            manifest.lists
        )
        is not reads_lists,
        "file_lines_max is for those who check by file (ChecksByFile), and for them only": (
            manifest.file_lines_max > 0
        )
        is not by_file,
        "it neither answers (check), nor starts (StartsHostedChecks), nor checks by file": not (
            answers or by_file or issubclass(offer, StartsHostedChecks)
        ),
    }
    found = [problem for problem, is_broken in broken.items() if is_broken]
    found += [
        f"country {each!r} is no ISO 3166 code"
        for each in sorted(manifest.countries)
        if not fullmatch(COUNTRY, each)
    ]
    found += [f"list {each!r}" for each in manifest.lists if not fullmatch(NAME, each)]
    for kind, needs in manifest.kinds.items():
        found += _of_kind(kind, needs)
    return found


def _of_kind(kind: Any, needs: Any) -> Iterator[str]:
    if not isinstance(kind, CheckKind) or not isinstance(needs, CheckNeeds):
        yield f"{kind!r}: kinds lead from a CheckKind to its CheckNeeds"
        return
    asked: set[Any] = {*needs.fields, *needs.fields_if_known}
    for each in asked:
        if not isinstance(each, SubjectField):
            yield f"{kind.value}: {each!r} is no SubjectField"
    for name in needs.files:
        if not fullmatch(NAME, name):
            yield f"{kind.value}: file {name!r}"
    if needs.form is not None:
        yield from (f"{kind.value}: {problem}" for problem in schema_problems(needs.form))
