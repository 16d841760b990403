"""Valid inputs for the mutations of verification, of members and of those who decide."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from domain.database import execute, transaction
from domain.verification import operations, queries
from domain.verification.provider import CheckKind
from domain.verification.rules import CheckRule, Rule, When
from schema.ids import Tag
from tests.make.members import add_finance_member
from tests.schema.wishes_of_money import WORKER, WishesOfMoney

STAFF: Final = "staff"
RULES: Final = """
    [[verification]]
    name = "everybody in Germany"
    when.country = "DE"
    level.1 = [{ check = "PHONE", by = ["sandbox-checks"] }]
"""


class WishesOfVerification(WishesOfMoney):
    def of_verification(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            "verificationStart": (WORKER, self.start),
            "verificationProfileSet": (WORKER, self.profile),
            "verificationInputGive": (WORKER, self.answer),
            "verificationUploadBegin": (WORKER, self.upload),
            "verificationDecide": (STAFF, self.decision),
            "verificationReveal": (STAFF, self.verification_number),
            "verificationRevoke": (STAFF, self.revocation),
            "verificationRulesetDraft": ("finance", self.rules),
            "verificationRulesetApprove": ("finance", self.approval_of_rules),
            "verificationRulesetWithdraw": ("finance", self.end_of_rules),
        }

    async def start(self) -> dict[str, Any]:
        """What was begun before has grown too old."""
        await self._rules_in_force()
        async with transaction():
            await execute(
                "update verification set state = 'expired', retry_at = null where member_id = $1",
                self.who(WORKER),
            )
        return {"level": 1, "returnUrl": "https://example.org/back"}

    async def profile(self) -> dict[str, Any]:
        return {"entity": "PERSON", "phone": "+49301234567"}

    async def answer(self) -> dict[str, Any]:
        check = await self._check("needs_input", "state = 'needs_input'")
        return {"checkId": check, "fields": [{"name": "code", "value": "000000"}]}

    async def upload(self) -> dict[str, Any]:
        asks = "state = 'needs_input', reasons = '{needs_file_front}'"
        return {"checkId": await self._check("needs_input", asks), "name": "front"}

    async def decision(self) -> dict[str, Any]:
        check = await self._check("pending", "state = 'pending', is_for_people = true")
        return {"checkId": check, "action": "ACCEPT", "reason": "document_genuine", "note": "seen"}

    async def verification_number(self) -> dict[str, Any]:
        check = await self._check("pending", "state = 'pending', is_for_people = true")
        return {"checkId": check, "reason": "to compare"}

    async def revocation(self) -> dict[str, Any]:
        await self._check("verified", "state = 'verified'")
        key = await self._verification()
        return {
            "verificationId": self.scene.ask.id(Tag.VERIFICATION, key),
            "reason": "account_shared",
            "note": "seen",
        }

    async def rules(self) -> dict[str, Any]:
        now = self.scene.ask.world.now
        return {"toml": RULES, "effectiveFrom": f"{now:%Y-%m-%dT%H:%M:%SZ}", "note": "a first one"}

    async def approval_of_rules(self) -> dict[str, Any]:
        return {"version": await self._draft()}

    async def end_of_rules(self) -> dict[str, Any]:
        return {"version": await self._draft()}

    async def _check(self, state: str, change: str) -> str:
        """As steps would have left it."""
        world = self.scene.ask.world
        await self.start()
        key = await operations.start_verification(
            member_id=self.who(WORKER),
            level=1,
            region="ZZ",
            new_id=world.new_id,
            now=world.now,
        )
        (check,) = (await queries.checks_of(verification_ids=[key]))[key]
        async with transaction():
            await execute("update verification set state = $2 where id = $1", key, state)
            await execute(f"update verification_check set {change} where id = $1", check.id)
        return self.scene.ask.id(Tag.VERIFICATION_CHECK, check.id)

    async def _verification(self) -> UUID:
        found = (await queries.verifications_of(member_ids=[self.who(WORKER)]))[self.who(WORKER)]
        return found[0].id

    async def _draft(self) -> int:
        world = self.scene.ask.world
        checks = (CheckRule(check=CheckKind.PHONE, by=("sandbox-checks",)),)
        return await operations.draft_ruleset(
            author_id=await add_finance_member(world),
            rules=(Rule(name="DE", when=When(country="DE"), levels={1: checks}),),
            requirements=(),
            effective_from=world.now,
            note="",
            new_id=world.new_id,
            now=world.now,
        )

    async def _rules_in_force(self) -> None:
        world = self.scene.ask.world
        ruleset = await queries.ruleset_at(world.now)
        if ruleset.version is None:
            await operations.approve_ruleset(
                version=await self._draft(),
                approver_id=await add_finance_member(world),
                now=world.now,
            )
