"""Which configured instances call us, file reports or send statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from domain.payouts.provider import PayoutManifest, ReadsFiles
from domain.provider import ProviderError
from domain.provider_news import ListsMissedWebhooks, ReadsStatements, ReceivesWebhooks
from gateway.providers import AnyGuarded, DepositDirectory, PayoutDirectory, Providers
from gateway.verifiers import VerifierDirectory


class News:
    """Both ports of an instance speak of the same account."""

    def __init__(
        self,
        payouts: PayoutDirectory,
        deposits: DepositDirectory,
        verifiers: VerifierDirectory | None = None,
    ) -> None:
        self._payouts = payouts
        self._deposits = deposits
        self._verifiers = verifiers

    @classmethod
    def of(cls, providers: Providers) -> Self:
        return cls(providers.payouts, providers.deposits, providers.verifiers)

    def receivers(self, *, instance_id: str, route: str) -> Sequence[ReceivesWebhooks]:
        return [
            each
            for each in self._of(instance_id)
            if isinstance(each, ReceivesWebhooks) and route in _routes(each)
        ]

    def routes(self) -> Sequence[tuple[str, str]]:
        """Instance and route of every address that providers may be given."""
        found = {
            (instance_id, name)
            for instance_id in self._ids()
            for each in self._of(instance_id)
            if isinstance(each, ReceivesWebhooks)
            for name in _routes(each)
        }
        return sorted(found)

    def file_reader(self, *, instance_id: str) -> tuple[ReadsFiles, PayoutManifest] | None:
        if instance_id not in self._payouts.instance_ids:
            return None
        provider = self._payouts.named(instance_id)
        return (provider, provider.manifest) if isinstance(provider, ReadsFiles) else None

    def missed_readers(self) -> Sequence[str]:
        return [each for each in self._ids() if self.missed_of(instance_id=each)]

    def missed_of(self, *, instance_id: str) -> Sequence[ListsMissedWebhooks]:
        return [each for each in self._of(instance_id) if isinstance(each, ListsMissedWebhooks)]

    def statement_readers(self) -> Sequence[str]:
        return [each for each in self._ids() if self._readers(each)]

    def statement_reader(self, *, instance_id: str) -> ReadsStatements:
        return self._readers(instance_id)[0]

    def _readers(self, instance_id: str) -> list[ReadsStatements]:
        return [each for each in self._of(instance_id) if isinstance(each, ReadsStatements)]

    def _ids(self) -> Sequence[str]:
        verifiers = () if self._verifiers is None else self._verifiers.instance_ids
        return list(
            dict.fromkeys([*self._payouts.instance_ids, *self._deposits.instance_ids, *verifiers])
        )

    def _of(self, instance_id: str) -> list[AnyGuarded]:
        found: list[AnyGuarded] = []
        if instance_id in self._payouts.instance_ids:
            found.append(self._payouts.named(instance_id))
        if instance_id in self._deposits.instance_ids:
            found.append(self._deposits.named(instance_id))
        if self._verifiers is not None and instance_id in self._verifiers.instance_ids:
            found.append(self._verifiers.named(instance_id))
        return found


def _routes(provider: ReceivesWebhooks) -> set[str]:
    """None of one that cannot say: it did not open."""
    try:
        return {each.name for each in provider.webhook_routes()}
    except ProviderError:
        return set()
