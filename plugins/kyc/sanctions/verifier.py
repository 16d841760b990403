"""Screens members against the lists that the operator gave. A likeness is for a person to judge."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from domain.provider import (
    API_VERSION,
    CallContext,
    ConfigError,
    FileRefused,
    Health,
    HealthStatus,
    ProviderEnv,
)
from domain.verification.provider import (
    CheckAnswer,
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    Entity,
    Evidence,
    ListFile,
    ListHit,
    ListVersion,
    ReadsLists,
    Reason,
    Subject,
    SubjectField,
    Verifier,
    VerifierManifest,
)
from plugins.kyc.sanctions import eu, ofac, uk, un
from plugins.kyc.sanctions.entries import ListEntry
from plugins.kyc.sanctions.gathering import ReadList
from plugins.kyc.sanctions.matching import Candidate, Index, Sought
from plugins.kyc.sanctions.settings import VERSION, SanctionsConfig
from plugins.names import is_latin

SOURCE: Final = "sanctions"
HITS_MAX: Final = 50  # the likeliest; a name that is like more than that is told so
READERS: Final[Mapping[str, Callable[[Sequence[bytes]], ReadList]]] = {
    eu.LIST_ID: eu.read,
    ofac.LIST_ID: ofac.read,
    uk.LIST_ID: uk.read,
    un.LIST_ID: un.read,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """Replaced as a whole: a check sees all lists of one loading, never some of the next."""

    index: Index
    versions: tuple[ListVersion, ...]

    @property
    def digest(self) -> str:
        return _digest("\n".join(each.digest for each in self.versions).encode())


class Sanctions(Verifier[SanctionsConfig], ReadsLists):
    manifest: ClassVar[VerifierManifest] = VerifierManifest(
        id="sanctions",
        version=VERSION,
        api_version=API_VERSION,
        kinds={
            CheckKind.SANCTIONS: CheckNeeds(
                fields=frozenset({SubjectField.NAME}),
                fields_if_known=frozenset({SubjectField.BORN_ON, SubjectField.COUNTRY}),
            )
        },
        countries=frozenset(),
        call_deadline=timedelta(seconds=20),
        load_deadline=timedelta(minutes=5),
        concurrency=2,
        lists=tuple(sorted(READERS)),
    )
    config_type: ClassVar[type] = SanctionsConfig
    _env: ProviderEnv[SanctionsConfig]
    _loaded: _Loaded | None

    async def open(self, env: ProviderEnv[SanctionsConfig]) -> None:
        unknown = set(env.config.required_lists) - READERS.keys()
        if unknown or not env.config.thresholds:
            raise ConfigError("required_lists names an unknown list, or there are no thresholds")
        self._env = env
        self._loaded = None
        await env.run_blocking(_load_libraries)

    async def health(self, context: CallContext) -> Health:
        return Health(status=HealthStatus.OK if self._is_ready() else HealthStatus.DEGRADED)

    async def close(self) -> None:
        self._loaded = None

    async def load(
        self, files: Sequence[ListFile], context: CallContext
    ) -> tuple[ListVersion, ...]:
        thresholds = self._env.config.row(context.now.date()).values()

        def read() -> _Loaded:
            entries: list[ListEntry] = []
            versions = []
            for list_id in sorted({each.list_id for each in files}):
                version, found = _read(list_id, [e for e in files if e.list_id == list_id])
                entries += found
                versions.append(version)
            index = Index(entries, thresholds=thresholds)
            return _Loaded(index=index, versions=tuple(versions))

        self._loaded = await self._env.run_blocking(read) if files else None
        return self._loaded.versions if self._loaded is not None else ()

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:
        (answer,) = await self.check_many([request], context)
        return answer.outcome

    async def check_many(
        self, requests: Sequence[CheckRequest], context: CallContext
    ) -> tuple[CheckAnswer, ...]:
        loaded = self._loaded
        if loaded is None or not self._is_ready():
            nothing = _outcome(CheckState.UNAVAILABLE, "lists_not_loaded")
            return tuple(CheckAnswer(check_ref=e.check_ref, outcome=nothing) for e in requests)
        return await self._env.run_blocking(
            lambda: tuple(
                CheckAnswer(check_ref=each.check_ref, outcome=_screened(each, loaded, context))
                for each in requests
            )
        )

    def _is_ready(self) -> bool:
        if self._loaded is None:
            return False
        return {each.list_id for each in self._loaded.versions} >= set(
            self._env.config.required_lists
        )


def _read(list_id: str, files: Sequence[ListFile]) -> tuple[ListVersion, tuple[ListEntry, ...]]:
    if list_id not in READERS:
        raise FileRefused(f"no reader for the list {list_id!r}")
    try:
        found = READERS[list_id]([each.content for each in files])
    except FileRefused as refused:
        raise FileRefused(f"{list_id}: {refused}") from None
    digests = sorted(_digest(each.content) for each in files)
    version = ListVersion(
        list_id=list_id,
        digest=digests[0] if len(digests) == 1 else _digest("\n".join(digests).encode()),
        published_on=found.published_on,
        entry_count=len(found.entries),
    )
    return version, found.entries


def _screened(request: CheckRequest, loaded: _Loaded, context: CallContext) -> CheckOutcome:
    """HIT for each likeness, however much contradicts: that is told beside it."""
    subject = request.subject
    evidence = Evidence(source=SOURCE, at=context.now, digest=loaded.digest)
    if subject.name is None or not is_latin(subject.name):
        return CheckOutcome(
            state=CheckState.PENDING,
            reasons=(Reason(code="name_not_comparable"),),
            facts={"compared_by_people": _compared(subject, loaded)},
            evidence=evidence,
            lists=loaded.versions,
            is_for_people=True,
        )
    candidates = loaded.index.candidates(
        Sought(
            name=subject.name,
            born_on=subject.born_on,
            country=subject.country,
            is_person=subject.entity is Entity.PERSON,
        )
    )
    if not candidates:
        return CheckOutcome(state=CheckState.VERIFIED, evidence=evidence, lists=loaded.versions)
    detail = (
        f"{len(candidates)} entries, the likeliest are told" if len(candidates) > HITS_MAX else ""
    )
    return CheckOutcome(
        state=CheckState.HIT,
        reasons=(Reason(code="listed_name", staff_detail=detail),),
        hits=tuple(_hit(each) for each in candidates[:HITS_MAX]),
        evidence=evidence,
        lists=loaded.versions,
        is_for_people=True,
    )


def _compared(subject: Subject, loaded: _Loaded) -> str:
    """Equal as long as a person would compare the same with the same."""
    told = (subject.name, subject.born_on, subject.country, subject.entity, loaded.digest)
    return _digest("\n".join(str(each) for each in told).encode())


def _hit(candidate: Candidate) -> ListHit:
    return ListHit(
        list_id=candidate.entry.list_id,
        entry_id=candidate.entry.entry_id,
        entry_digest=candidate.entry.digest,
        score=round(candidate.score * 100),
        name=candidate.name,
        programmes=candidate.entry.programmes,
        why=candidate.why,
    )


def _outcome(state: CheckState, code: str) -> CheckOutcome:
    return CheckOutcome(state=state, reasons=(Reason(code=code),))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _load_libraries() -> None:
    import lxml.etree  # type: ignore[import-untyped]  # noqa: F401, PLC0415  # before the first list, not during it
    import rapidfuzz  # noqa: F401, PLC0415  # as above
