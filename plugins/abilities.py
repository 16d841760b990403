"""What a guarded provider can do besides its port: exactly what the provider inside can.

The core asks `isinstance`, so a guarded object gets a class made of the abilities found.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from domain.deposits.provider import (
    CapturesDeposits,
    DepositObservation,
    DepositRequest,
    RefundObservation,
    RefundRequest,
    RefundsDeposits,
)
from domain.payouts.provider import (
    Advances,
    Cancels,
    Destination,
    FileReport,
    HolderMatch,
    MatchesHolder,
    Observation,
    OnboardingLink,
    OnboardingMember,
    OnboardingState,
    Onboards,
    PayoutBatch,
    PayoutItem,
    Prepared,
    Prepares,
    ReadsFiles,
)
from domain.provider import CallContext, FileRefused
from domain.provider_news import (
    ListsMissedWebhooks,
    ProviderEvent,
    RawWebhook,
    ReadsStatements,
    ReceivesWebhooks,
    StatementPage,
    VerifiedWebhook,
    WebhookRefused,
    WebhookRoute,
)
from domain.verification.provider import (
    CheckAnswer,
    CheckFile,
    CheckFileReport,
    CheckOutcome,
    CheckRequest,
    ChecksByFile,
    HostedCheck,
    ListFile,
    ListVersion,
    ReadsLists,
    Redacts,
    StartsHostedChecks,
)
from plugins.check_outcomes import refuse_address, refuse_answers, refuse_outcome, told
from plugins.declared_fields import told_batch, told_destination, told_item
from plugins.guard import Call, Effect, Guard, refuse_foreign, refuse_unkeepable

Answer = TypeVar("Answer")
Kind = TypeVar("Kind")


class Guarded:
    """A provider object behind its guard."""

    guard: Guard
    manifest: Any
    _inner: Any

    async def run(
        self,
        effect: Effect,
        method: Call[Answer],
        context: CallContext,
        returns: Any,
        *,
        check: Callable[[Answer], None] | None = None,
        passes: tuple[type[Exception], ...] = (),
    ) -> Answer:
        return await self.guard.run(
            effect,
            method,
            context=context,
            deadline=self.manifest.call_deadline,
            returns=returns,
            check=check,
            passes=passes,
        )


class GuardedPrepares(Guarded, Prepares):
    async def prepare(self, batch: PayoutBatch, context: CallContext) -> Prepared:
        item_refs = {item.item_ref for item in batch.items}  # before it can change the batch

        def check(answer: Prepared) -> None:
            refuse_foreign(
                item_refs,
                answered=list(answer.item_states),
                what="the prepared batch",
            )
            refuse_unkeepable([answer.batch_state, *answer.item_states.values()])

        return await self.guard.run(
            Effect.PREPARE,
            lambda given: self._inner.prepare(told_batch(self.manifest, batch), given),
            context=context,
            deadline=self.manifest.send_deadline,
            returns=Prepared,
            check=check,
        )


class GuardedCancels(Guarded, Cancels):
    async def cancel(self, item: PayoutItem, context: CallContext) -> Observation:
        return await self.run(
            Effect.MOVE,
            lambda given: self._inner.cancel(told_item(self.manifest, item), given),
            context,
            Observation,
            check=only_of(item),
        )


class GuardedAdvances(Guarded, Advances):
    async def advance(self, item: PayoutItem, step: str, context: CallContext) -> Observation:
        return await self.guard.run(
            Effect.MOVE,
            lambda given: self._inner.advance(told_item(self.manifest, item), step, given),
            context=context,
            deadline=self.manifest.send_deadline,
            returns=Observation,
            check=only_of(item),
        )


class GuardedReceivesWebhooks(Guarded, ReceivesWebhooks):
    def webhook_routes(self) -> tuple[WebhookRoute, ...]:
        routes: tuple[WebhookRoute, ...] = self.guard.offline(
            self._inner.webhook_routes, tuple[WebhookRoute, ...]
        )
        return routes

    async def verify_webhook(self, webhook: RawWebhook, context: CallContext) -> VerifiedWebhook:
        return await self.guard.run_for_stranger(
            lambda given: self._inner.verify_webhook(webhook, given),
            context=context,
            deadline=self.manifest.call_deadline,
            returns=VerifiedWebhook,
            passes=(WebhookRefused,),
        )

    def read_webhook(self, webhook: VerifiedWebhook) -> tuple[ProviderEvent, ...]:
        events: tuple[ProviderEvent, ...] = self.guard.offline(
            lambda: self._inner.read_webhook(webhook), tuple[ProviderEvent, ...]
        )
        return events


class GuardedListsMissedWebhooks(Guarded, ListsMissedWebhooks):
    async def missed_webhooks(
        self, since: datetime, context: CallContext
    ) -> tuple[VerifiedWebhook, ...]:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.missed_webhooks(since, given),
            context,
            tuple[VerifiedWebhook, ...],
        )


class GuardedReadsFiles(Guarded, ReadsFiles):
    async def read_file(self, content: bytes, context: CallContext) -> FileReport:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.read_file(content, given),
            context,
            FileReport,
            check=lambda answer: refuse_unkeepable(each.provider_state for each in answer.items),
            passes=(FileRefused,),
        )


class GuardedReadsStatements(Guarded, ReadsStatements):
    async def statement(
        self, cursor: str | None, until: datetime, context: CallContext
    ) -> AsyncIterator[StatementPage]:
        """Each page is a call of its own; nobody is held up between two."""
        pages = self._inner.statement(cursor, until, context).__aiter__()

        async def following(_: CallContext) -> StatementPage | None:
            page: StatementPage | None = await anext(pages, None)
            return page

        while True:
            page = await self.run(Effect.READ, following, context, StatementPage | None)
            if page is None:
                return
            yield page


class GuardedOnboards(Guarded, Onboards):
    async def start_onboarding(
        self, member: OnboardingMember, context: CallContext
    ) -> OnboardingLink:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.start_onboarding(member, given),
            context,
            OnboardingLink,
        )

    async def onboarding_state(self, provider_ref: str, context: CallContext) -> OnboardingState:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.onboarding_state(provider_ref, given),
            context,
            OnboardingState,
        )


class GuardedMatchesHolder(Guarded, MatchesHolder):
    async def match_holder(self, destination: Destination, context: CallContext) -> HolderMatch:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.match_holder(
                told_destination(self.manifest, destination), given
            ),
            context,
            HolderMatch,
        )


class GuardedCapturesDeposits(Guarded, CapturesDeposits):
    async def capture(self, request: DepositRequest, context: CallContext) -> DepositObservation:
        return await self.run(
            Effect.MOVE,
            lambda given: self._inner.capture(request, given),
            context,
            DepositObservation,
        )


class GuardedRefundsDeposits(Guarded, RefundsDeposits):
    async def refund(self, request: RefundRequest, context: CallContext) -> RefundObservation:
        return await self.run(
            Effect.MOVE,
            lambda given: self._inner.refund(request, given),
            context,
            RefundObservation,
        )

    async def look_up_refund(
        self, request: RefundRequest, context: CallContext
    ) -> RefundObservation | None:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.look_up_refund(request, given),
            context,
            RefundObservation | None,
        )


class GuardedStartsHostedChecks(Guarded, StartsHostedChecks):
    async def start(self, request: CheckRequest, context: CallContext) -> HostedCheck:
        """Classified like a send: the vendor may have begun, and must then be looked up."""
        return await self.run(
            Effect.MOVE,
            lambda given: self._inner.start(told(self.manifest, request), given),
            context,
            HostedCheck,
            check=lambda answer: refuse_address(answer.redirect_url),
        )

    async def look_up(self, request: CheckRequest, context: CallContext) -> CheckOutcome | None:
        return await self.run(
            Effect.READ,
            lambda given: self._inner.look_up(told(self.manifest, request), given),
            context,
            CheckOutcome | None,
            check=lambda answer: refuse_outcome(request, answer),
        )


class GuardedChecksByFile(Guarded, ChecksByFile):
    async def render(self, requests: Sequence[CheckRequest], context: CallContext) -> CheckFile:
        narrowed = [told(self.manifest, each) for each in requests]
        return await self.guard.run(
            Effect.READ,
            lambda given: self._inner.render(narrowed, given),
            context=context,
            deadline=self.manifest.load_deadline,
            returns=CheckFile,
        )

    async def read_file(self, content: bytes, context: CallContext) -> CheckFileReport:
        return await self.guard.run(
            Effect.READ,
            lambda given: self._inner.read_file(content, given),
            context=context,
            deadline=self.manifest.load_deadline,
            returns=CheckFileReport,
            passes=(FileRefused,),
        )


class GuardedRedacts(Guarded, Redacts):
    async def redact(self, provider_ref: str, context: CallContext) -> bool:
        return await self.run(
            Effect.MOVE, lambda given: self._inner.redact(provider_ref, given), context, bool
        )


class GuardedReadsLists(Guarded, ReadsLists):
    async def load(
        self, files: Sequence[ListFile], context: CallContext
    ) -> tuple[ListVersion, ...]:
        return await self.guard.run(
            Effect.READ,
            lambda given: self._inner.load(files, given),
            context=context,
            deadline=self.manifest.load_deadline,
            returns=tuple[ListVersion, ...],
            passes=(FileRefused,),
        )

    async def check_many(
        self, requests: Sequence[CheckRequest], context: CallContext
    ) -> tuple[CheckAnswer, ...]:
        narrowed = [told(self.manifest, each) for each in requests]
        return await self.guard.run(
            Effect.READ,
            lambda given: self._inner.check_many(narrowed, given),
            context=context,
            deadline=self.manifest.load_deadline,
            returns=tuple[CheckAnswer, ...],
            check=lambda answers: refuse_answers(requests, answers),
        )


ABILITIES: Final[Mapping[type, type[Guarded]]] = {
    Prepares: GuardedPrepares,
    Cancels: GuardedCancels,
    Advances: GuardedAdvances,
    ReceivesWebhooks: GuardedReceivesWebhooks,
    ListsMissedWebhooks: GuardedListsMissedWebhooks,
    ReadsFiles: GuardedReadsFiles,
    ReadsStatements: GuardedReadsStatements,
    Onboards: GuardedOnboards,
    MatchesHolder: GuardedMatchesHolder,
    CapturesDeposits: GuardedCapturesDeposits,
    RefundsDeposits: GuardedRefundsDeposits,
    StartsHostedChecks: GuardedStartsHostedChecks,
    ChecksByFile: GuardedChecksByFile,
    Redacts: GuardedRedacts,
    ReadsLists: GuardedReadsLists,
}


def only_of(item: PayoutItem) -> Callable[[Observation], None]:
    item_refs = {item.item_ref}  # before it can change the item

    def check(answer: Observation) -> None:
        refuse_foreign(item_refs, answered=[answer.item_ref], what="the observation")
        refuse_unkeepable([answer.provider_state])

    return check


def able(kind: type[Kind], inner: object) -> type[Kind]:
    """`kind` with the abilities of `inner`, and no others."""
    abilities = tuple(each for each in ABILITIES if isinstance(inner, each))
    return _class_of(kind, abilities) if abilities else kind  # type: ignore[arg-type]  # a class is hashable


@cache
def _class_of(kind: Any, abilities: tuple[type, ...]) -> Any:
    bases = (*(ABILITIES[each] for each in abilities), kind)
    return type(kind)(kind.__name__, bases, {"__module__": kind.__module__})
