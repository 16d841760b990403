"""Payouts by bank files: rendered, committed by the core, delivered; files tell what became."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from domain.money import Money, split_payable
from domain.payouts.provider import (
    Destination,
    FileRefused,
    FileReport,
    Idempotency,
    IdempotencyScope,
    Lookup,
    LookupAnswer,
    LookupMode,
    Observation,
    ObservedState,
    PayoutBatch,
    PayoutProvider,
    Prepared,
    Prepares,
    Quote,
    QuoteRequest,
    ReadsFiles,
    SendOutcome,
)
from domain.provider import (
    BatchRefused,
    CallContext,
    ConfigError,
    FieldProblem,
    Health,
    HealthStatus,
    ItemProblem,
    ProviderEnv,
    Unsupported,
)
from plugins.payments.bank.delivery import DropFolder
from plugins.payments.bank.settings import EXPONENT, FileConfig

FileConfigT = TypeVar("FileConfigT", bound=FileConfig)

# A look-up answers nothing here; it only keeps a batch in sight of the core.
LOOKUP: Final = Lookup(
    mode=LookupMode.NONE,
    settle_delay=timedelta(0),
    delays=(timedelta(days=1),),
    after_paid_delays=(timedelta(days=60),),
)
IDEMPOTENCY: Final = Idempotency(scope=IdempotencyScope.BATCH)
DEADLINE: Final = timedelta(seconds=60)  # a file of 5,000 payments takes one
CORRECT: Final = "The bank cannot take these account details. Please correct them."
QUOTE_LENGTH: Final = timedelta(minutes=15)


class FilePayouts(PayoutProvider[FileConfigT], Prepares, ReadsFiles):
    """What both kinds of file have in common."""

    suffix: ClassVar[str]
    clearing_days: ClassVar[int]  # between execution and arrival

    _env: ProviderEnv[FileConfigT]
    _folder: DropFolder | None

    async def open(self, env: ProviderEnv[FileConfigT]) -> None:
        config = env.config
        self._env = env
        self._folder = None
        if config.deliver == "folder":
            if not config.folder or not config.journal:
                raise ConfigError("delivering by folder needs `folder` and `journal`")
            self._folder = DropFolder(folder=Path(config.folder), journal=Path(config.journal))
            await env.run_blocking(self._folder.prepare)
        await env.run_blocking(self._require_sound)

    async def health(self, context: CallContext) -> Health:
        if self._folder is None:
            return Health(status=HealthStatus.OK, detail="staff deliver the files")
        is_well = await self._env.run_blocking(self._folder.is_well)
        return Health(status=HealthStatus.OK if is_well else HealthStatus.DOWN)

    async def check_destination(self, destination: Destination) -> tuple[FieldProblem, ...]:
        return self._problems(destination)

    async def quote(self, request: QuoteRequest, context: CallContext) -> Quote:
        payable, remainder = split_payable(request.amount, EXPONENT)
        return Quote(
            payable=payable,
            remainder=remainder,
            provider_fee=Money(self._env.config.fee_micros, request.amount.currency),
            fee_payer=request.fee_payer,
            arrives_within=timedelta(days=self._env.config.lead_days + self.clearing_days),
            expires_at=context.now + QUOTE_LENGTH,
        )

    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        def render() -> tuple[bytes, date]:
            self._require_payable(batch)
            return self._render(batch, context.now)

        payload, due_on = await self._env.run_blocking(render)
        state = {
            # By this name staff may download it; one that is delivered must not go twice.
            "file_name" if self._folder is None else "delivered_as": self._name(batch),
            "sha256": hashlib.sha256(payload).hexdigest(),
            "due_on": due_on.isoformat(),
        }
        return Prepared(payload=payload, batch_state=state)

    async def send(self, batch: PayoutBatch, context: CallContext) -> SendOutcome:
        """Delivers the committed bytes, or leaves them for staff to download."""
        payload = batch.payload
        digest = hashlib.sha256(payload or b"").hexdigest()
        if payload is None or batch.batch_ref.encode() not in payload:
            raise ConfigError("the core gave no bytes for this batch")
        if batch.provider_state.get("sha256", digest) != digest:
            raise ConfigError("the bytes are not those that were committed")
        name, folder = self._name(batch), self._folder
        if folder is not None:
            await self._env.run_blocking(lambda: folder.deliver(name=name, content=payload))
        code = "FOR_STAFF" if folder is None else "DELIVERED"
        items = tuple(
            Observation(item_ref=item.item_ref, state=ObservedState.ACCEPTED, provider_code=code)
            for item in batch.items
        )
        return SendOutcome(items=items, provider_ref=name)

    async def look_up(self, batch: PayoutBatch, context: CallContext) -> LookupAnswer:
        """Nobody can be asked. Silence is no "missing"."""
        return LookupAnswer(found=(), missing=())

    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        return await self._env.run_blocking(lambda: self._read(content))

    @abstractmethod
    def _require_sound(self) -> None:
        """Raises `ConfigError` for settings that would make every file wrong."""

    @abstractmethod
    def _problems(self, destination: Destination) -> tuple[FieldProblem, ...]: ...

    @abstractmethod
    def _render(self, batch: PayoutBatch, created: datetime) -> tuple[bytes, date]:
        """The bytes, and the day on which the bank executes them."""

    @abstractmethod
    def _statement_account(self) -> str: ...

    def _read(self, content: bytes) -> FileReport:
        from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415  # the SDK, when needed

        from plugins.payments.bank.camt import read_camt  # noqa: PLC0415  # as above
        from plugins.payments.bank.pain_002 import read_pain_002  # noqa: PLC0415  # as above
        from plugins.payments.bank.safe_xml import parsed  # noqa: PLC0415  # as above

        file_id = f"{self.manifest.id}:{hashlib.sha256(content).hexdigest()}"
        root = parsed(content)
        message = etree.QName(root).namespace or ""
        if ":pain.002." in message:
            return read_pain_002(root, file_id=file_id)
        is_statement = ":camt.053." in message
        if not is_statement and ":camt.054." not in message:
            raise FileRefused("neither pain.002 nor camt.053 nor camt.054")
        account = self._statement_account()
        return read_camt(root, file_id=file_id, account=account, with_lines=is_statement)

    def _require_payable(self, batch: PayoutBatch) -> None:
        limits = self.manifest.currencies
        if any(item.amount.currency not in limits for item in batch.items):
            raise Unsupported("another currency than the file's")
        problems = [
            ItemProblem(item_ref=item.item_ref, code=found[0].code, message=CORRECT)
            for item in batch.items
            if (found := self._problems(item.destination))
        ]
        if problems:
            raise BatchRefused(problems=tuple(problems))

    def _name(self, batch: PayoutBatch) -> str:
        return f"{batch.batch_ref}.{self.suffix}"
