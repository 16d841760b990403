"""Which entries of the lists may be this member: likeness of folded names, then what else is known.

A birth date or a country that contradicts lowers the score and is told; it clears nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from plugins.kyc.sanctions.entries import ListedKind, ListEntry
from plugins.names import folded, words_of

CONTAINED_WORDS_MIN: Final = 2
CONTAINED_LETTERS_MIN: Final = 3  # initials are contained in everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From when on a person must look. `contained` is the score of a name inside a longer one,
    and of one whose words are parted otherwise.

    `lowered_by` is what each contradiction takes off; `birth_years` is by how much lists may err.
    """

    jaro_winkler: float
    token_sort: float
    contained: float
    birth_years: int
    lowered_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    name: str = field(repr=False)
    born_on: date | None = field(default=None, repr=False)
    country: str | None = None
    is_person: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`why` are codes: which measure said so, and what fits or contradicts."""

    entry: ListEntry
    name: str = field(repr=False)  # the one of the entry that is like
    score: float
    why: tuple[str, ...]


class Index:
    """All names of all lists, folded once. Answers in some milliseconds per name."""

    def __init__(self, entries: Iterable[ListEntry], *, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._entries: list[ListEntry] = []
        self._names: list[str] = []
        self._folded: list[str] = []
        self._with_word: dict[str, list[int]] = defaultdict(list)
        self._by_letters: dict[str, list[int]] = defaultdict(list)
        for entry in entries:
            for name in entry.names:
                self._add(entry, name)

    def __len__(self) -> int:
        return len(self._folded)

    def _add(self, entry: ListEntry, name: str) -> None:
        plain = folded(name)
        if not plain:
            return
        for word in set(plain.split()):
            if len(word) >= CONTAINED_LETTERS_MIN:
                self._with_word[word].append(len(self._folded))
        for letters in _joined(name):
            self._by_letters[letters].append(len(self._folded))
        self._entries.append(entry)
        self._names.append(name)
        self._folded.append(plain)

    def candidates(self, sought: Sought) -> tuple[Candidate, ...]:
        """The likeliest entry first, each entry once."""
        best: dict[tuple[str, str], Candidate] = {}
        for at, measures in self._measured(sought.name).items():
            entry = self._entries[at]
            if entry.kind is ListedKind.PERSON and not sought.is_person:
                continue
            candidate = self._judged(sought, entry, self._names[at], measures)
            key = (entry.list_id, entry.entry_id)
            if key not in best or candidate.score > best[key].score:
                best[key] = candidate
        return tuple(sorted(best.values(), key=lambda each: (-each.score, each.entry.entry_id)))

    def _measured(self, name: str) -> Mapping[int, Mapping[str, float]]:
        """By the place of the name: what is above its threshold, from 0 to 1."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415  # who does not screen does not load it
        from rapidfuzz.distance import JaroWinkler  # noqa: PLC0415  # as above

        limits, plain = self._thresholds, folded(name)
        found: dict[int, dict[str, float]] = defaultdict(dict)
        like = process.extract(
            plain,
            self._folded,
            scorer=JaroWinkler.normalized_similarity,
            processor=None,
            score_cutoff=limits.jaro_winkler,
            limit=None,
        )
        for _, score, at in like:
            found[at]["spelling"] = score
        # Folded names are sorted already, so the plain ratio is the one of sorted words.
        like = process.extract(
            plain,
            self._folded,
            scorer=fuzz.ratio,
            processor=None,
            score_cutoff=limits.token_sort,
            limit=None,
        )
        for _, score, at in like:
            found[at]["words"] = score / 100
        for at in self._containing(plain):
            found[at]["contained"] = limits.contained
        for letters in _joined(name):
            for at in self._by_letters.get(letters, ()):
                found[at]["parted"] = limits.contained
        return found

    def _containing(self, plain: str) -> Iterator[int]:
        """All words of the shorter name stand in the longer: a second name was left out.

        At least two words of some length: a family name alone is nobody in particular.
        """
        words = set(plain.split())
        places = Counter(
            at
            for word in words
            if len(word) >= CONTAINED_LETTERS_MIN
            for at in self._with_word.get(word, ())
        )
        for at, common in places.items():
            if common >= CONTAINED_WORDS_MIN:
                others = set(self._folded[at].split())
                if words <= others or others <= words:
                    yield at

    def _judged(
        self, sought: Sought, entry: ListEntry, name: str, measures: Mapping[str, float]
    ) -> Candidate:
        limits = self._thresholds
        why = sorted(measures)
        score = max(measures.values())
        if sought.born_on is not None and entry.born:
            fits = any(each.allows(sought.born_on, years=limits.birth_years) for each in entry.born)
            why.append("birth_date_fits" if fits else "birth_date_contradicts")
            score -= 0.0 if fits else limits.lowered_by
        if sought.country is not None and entry.countries:
            fits = sought.country in entry.countries
            why.append("country_fits" if fits else "country_contradicts")
            score -= 0.0 if fits else limits.lowered_by
        return Candidate(entry=entry, name=name, score=round(max(score, 0.0), 4), why=tuple(why))


def _joined(name: str) -> set[str]:
    """All letters in a row, and with the last word first: Ngoc Trama is Ngoctrama."""
    words = words_of(name)
    return {"".join(words), "".join([*words[-1:], *words[:-1]])}
