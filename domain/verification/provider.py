"""What a verifier must do. Partners implement this; nothing else.

A verifier answers one check about one member. It decides no level and moves no money.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Protocol

from domain.provider import CallContext, ConfigT, Health, ProviderEnv, Unsupported


class CheckKind(StrEnum):
    """What is asked about a member."""

    EMAIL = "email"  # somebody reads letters to it
    PHONE = "phone"  # somebody answers there
    AGE = "age"
    DOCUMENT = "document"
    SELFIE = "selfie"
    TAX_ID_FORMAT = "tax_id_format"  # well-formed; says nothing about whose it is
    TAX_ID_ISSUED = "tax_id_issued"  # to somebody of this name
    VAT_ACTIVE = "vat_active"
    SANCTIONS = "sanctions"
    HOLDER_NAME = "holder_name"  # the account that is paid belongs to the member


class CheckState(StrEnum):
    """What is known of it. A verifier answers with any but EXPIRED; the core adds that one."""

    UNCHECKED = "unchecked"  # nobody has asked, or the answer was withdrawn
    FORMAT_OK = "format_ok"  # well-formed; never called verified
    PENDING = "pending"
    NEEDS_INPUT = "needs_input"  # by the member; the reasons say what
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    HIT = "hit"  # on a list: a person decides
    UNAVAILABLE = "unavailable"  # nobody could be asked; says nothing about the member
    EXPIRED = "expired"
    REVOKED = "revoked"  # was verified, and is not any more


class SubjectField(StrEnum):
    """What may be told of a member. A verifier gets what its manifest names, and no more."""

    NAME = "name"
    BORN_ON = "born_on"
    COUNTRY = "country"  # of residence
    EMAIL = "email"
    PHONE = "phone"
    TAX_NUMBER = "tax_number"


class Entity(StrEnum):
    PERSON = "person"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxNumber:
    """`kind` is a word of its country, in small letters: `ssn`, `ein`, `vat`, `pan`, `cpf`.

    Empty: nobody said which; a form that is about one country asks for its tax number only.
    """

    country: str
    kind: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A member, as far as this verifier may know. What it did not declare is None."""

    entity: Entity = Entity.PERSON
    name: str | None = field(default=None, repr=False)
    born_on: date | None = field(default=None, repr=False)
    country: str | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    tax_number: TaxNumber | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """What the member uploaded, opened for this call only."""

    name: str  # as the manifest calls it, such as `front`
    media_type: str
    digest: str  # SHA-256 of the content, in hex
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """`check_ref` is the idempotency key: 15 characters, the same at every try of this check."""

    check_ref: str
    kind: CheckKind
    subject: Subject
    as_of: date
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the member typed into the form of the manifest."""
    files: tuple[EvidenceFile, ...] = ()
    return_url: str = ""  # where a hosted check sends the member back to
    provider_ref: str | None = None  # known to look-ups once `start` or `check` has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`code` is public, and the member sees it: `name_differs`. The rest is for staff."""

    code: str
    staff_detail: str = ""  # no personal data in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves the answer years later: never the document itself."""

    source: str  # who said so: `vies`, `ofac_sdn`
    reference: str = ""  # theirs, such as a consultation number
    at: datetime | None = None
    digest: str = ""  # SHA-256 of the raw answer, in hex


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHit:
    """One entry of a list that may be this member.

    A person's decision is bound to the member and `entry_digest`: it is not asked for again
    until one of them changes.
    """

    list_id: str
    entry_id: str
    entry_digest: str  # of what the entry says, in hex
    score: int  # 0 to 100
    name: str = field(repr=False)  # as the list writes it
    programmes: tuple[str, ...] = ()
    why: tuple[str, ...] = ()  # codes for staff: `spelling`, `birth_date_contradicts`


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """Which list somebody was screened against."""

    list_id: str
    digest: str  # SHA-256 of the file, in hex
    published_on: date | None
    entry_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """`is_for_people`: no later look-up will tell more; a person decides.

    `facts` are verified ones only, such as `{"age_over_18_at": "2026-11-22"}`; 20 at most, small
    letters and underscores as names, 200 characters each. They are kept sealed.
    """

    state: CheckState
    reasons: tuple[Reason, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: Evidence | None = None
    # With VERIFIED and FORMAT_OK, and where a person may make it so; None: for ever.
    valid_until: date | None = None
    hits: tuple[ListHit, ...] = ()  # with HIT
    lists: tuple[ListVersion, ...] = ()  # all that were screened against, hit or not
    redirect_url: str | None = field(default=None, repr=False)  # with NEEDS_INPUT, where to go on
    provider_ref: str | None = None
    is_for_people: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """One of many."""

    check_ref: str
    outcome: CheckOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedCheck:
    """Where the member goes on; the address is shown to nobody else."""

    provider_ref: str
    redirect_url: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFile:
    """What staff hand in elsewhere. It is sealed at rest, and every export is written down."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFileReport:
    """`unread_lines` are numbers only: what stood there may be a tax number."""

    answers: tuple[CheckAnswer, ...]
    unread_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """A list as its publisher offers it, given by the operator."""

    list_id: str  # of those in the manifest
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNeeds:
    """What one kind of check takes from the member. Nothing else reaches the verifier."""

    fields: frozenset[SubjectField] = frozenset()  # one missing: the core asks for it first
    fields_if_known: frozenset[SubjectField] = frozenset()
    files: tuple[str, ...] = ()  # names, such as `front`; all are asked for first
    form: Mapping[str, object] | None = None  # JSON Schema of what the member types, if anything

    def told(self, subject: Subject) -> Subject:
        """The member without what this check did not ask for. The guard tells nothing else."""
        known = self.fields | self.fields_if_known
        told = {each.value: getattr(subject, each.value) for each in SubjectField if each in known}
        return Subject(entity=subject.entity, **told)

    def lacking(self, subject: Subject) -> frozenset[SubjectField]:
        """What must be known of the member before anybody is asked."""
        return frozenset(each for each in self.fields if getattr(subject, each.value) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierManifest:
    """What a verifier is; part of its code, so that it can be known without opening it.

    No `countries` means every country.
    """

    id: str
    version: str
    api_version: int
    kinds: Mapping[CheckKind, CheckNeeds]
    countries: frozenset[str]  # of residence; for a tax number, the country of the number
    call_deadline: timedelta
    concurrency: int
    look_up_delays: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=10),
        timedelta(hours=1),
    )  # between tries and look-ups; the last one repeats
    load_deadline: timedelta = timedelta(minutes=2)  # of `load`, `check_many` and files
    hosts: frozenset[str] = frozenset()
    is_sandbox: bool = False
    secrets: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()  # ids of the lists that `load` understands
    file_lines_max: int = 0  # how many checks one file of `ChecksByFile` takes

    def serves(self, *, kind: CheckKind, country: str) -> bool:
        return kind in self.kinds and (not self.countries or country in self.countries)


class StartsHostedChecks(ABC):
    """The member is sent to the vendor's pages; `check` is not called then."""

    @abstractmethod
    async def start(self, request: CheckRequest, context: CallContext) -> HostedCheck:
        """The same `check_ref` again answers the first start, or a fresh address for it."""

    @abstractmethod
    async def look_up(self, request: CheckRequest, context: CallContext) -> CheckOutcome | None:
        """By our `check_ref` alone if `provider_ref` is None; None when it is not known there."""


class ChecksByFile(ABC):
    """Checks are collected, and staff carry a file there and another one back."""

    @abstractmethod
    async def render(self, requests: Sequence[CheckRequest], context: CallContext) -> CheckFile:
        """One line each, with the `check_ref` in it; `file_lines_max` at most."""

    @abstractmethod
    async def read_file(self, content: bytes, context: CallContext) -> CheckFileReport:
        """Raises `FileRefused` for what it cannot read; nothing of it is kept then."""


class Redacts(ABC):
    """The vendor keeps data of the member, and deletes it when it is asked to."""

    @abstractmethod
    async def redact(self, provider_ref: str, context: CallContext) -> bool:
        """True once it is gone; False when it was taken note of and is to be asked again."""


class ReadsLists(ABC):
    """Screens against lists. What is loaded lives in this process, and may be loaded again."""

    @abstractmethod
    async def load(
        self, files: Sequence[ListFile], context: CallContext
    ) -> tuple[ListVersion, ...]:
        """Replaces all that was loaded before. Raises `FileRefused`, and then nothing changes."""

    @abstractmethod
    async def check_many(
        self, requests: Sequence[CheckRequest], context: CallContext
    ) -> tuple[CheckAnswer, ...]:
        """As `check`, for a chunk of all members. UNAVAILABLE while nothing is loaded."""


class Verifier(ABC, Generic[ConfigT]):
    """Answers checks about members through one outside service, a list or a formula.

    Raise `NoAnswer`, or answer UNAVAILABLE, when the service cannot say; never MISMATCH for
    that. Keep no state of your own but loaded lists.
    """

    manifest: ClassVar[VerifierManifest]
    config_type: ClassVar[type]  # a msgspec.Struct that forbids unknown fields

    @abstractmethod
    async def open(self, env: ProviderEnv[ConfigT]) -> None:
        """Called once, under a deadline; import the vendor's library here, not above."""

    async def close(self) -> None:  # nothing to close is the usual case
        """Called once, at the end."""

    @abstractmethod
    async def health(self, context: CallContext) -> Health: ...

    async def check(self, request: CheckRequest, context: CallContext) -> CheckOutcome:  # noqa: ARG002  # the port's
        """Answers at once; safe to repeat. Left out by those who start or who check by file."""
        raise Unsupported("this verifier does not answer at once")


class VerifierDirectory(Protocol):
    """Who answers which check; the gateway fills it at start-up with guarded verifiers."""

    @property
    def region(self) -> str:
        """Two letters of this deployment, part of every reference."""

    @property
    def instance_ids(self) -> Sequence[str]:
        """All that are configured, in that order, whatever their state."""

    def serves(self, instance_id: str, *, kind: CheckKind, country: str) -> bool:
        """False also for one that is unknown, or that may get nothing new."""

    def named(self, instance_id: str) -> Verifier[object]:
        """Also one in quarantine: what it was asked must still be looked up."""
