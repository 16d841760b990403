"""Where the inbox finds the providers that call us, file reports or send statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.payouts.provider import PayoutManifest, ReadsFiles
from domain.provider_news import ListsMissedWebhooks, ReadsStatements, ReceivesWebhooks


class NewsDirectory(Protocol):
    """The gateway fills it at start-up with guarded providers, also with those in quarantine."""

    def receivers(self, *, instance_id: str, route: str) -> Sequence[ReceivesWebhooks]:
        """Those of both ports that offer the route; none for an unknown instance or route."""

    def file_reader(self, *, instance_id: str) -> tuple[ReadsFiles, PayoutManifest] | None: ...

    def missed_readers(self) -> Sequence[str]:
        """The instances that tell which webhooks they could not deliver."""

    def missed_of(self, *, instance_id: str) -> Sequence[ListsMissedWebhooks]: ...

    def statement_readers(self) -> Sequence[str]:
        """The instances that tell what was booked."""

    def statement_reader(self, *, instance_id: str) -> ReadsStatements: ...
