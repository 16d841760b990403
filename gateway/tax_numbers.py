"""Where checks of members find a tax number."""

from __future__ import annotations

from uuid import UUID

from domain.verification.provider import TaxNumber


class NoTaxNumbers:
    """Nobody keeps them here: a check that needs one asks the member for it, and waits."""

    async def tax_number_of(self, member_id: UUID) -> TaxNumber | None:  # noqa: ARG002  # the port's
        return None
