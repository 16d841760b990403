"""Members on their way to a level: a ruleset by two people, told verifiers, and steps by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from domain.database import fetch, fetch_value
from domain.members import operations as members
from domain.members.rules import Role
from domain.provider import CallContext, FileRefused
from domain.verification import operations, queries
from domain.verification.operations import Asking
from domain.verification.provider import (
    CheckAnswer,
    CheckKind,
    CheckNeeds,
    CheckOutcome,
    CheckRequest,
    CheckState,
    HostedCheck,
    ListFile,
    ListVersion,
    ReadsLists,
    SubjectField,
    VerifierManifest,
)
from domain.verification.queries import CheckRow, VerificationRow
from domain.verification.rules import CheckRule, Requirement, Rule, When
from gateway.verifiers import VerifierDirectory
from plugins.guarded_verifier import GuardedVerifier
from tests.make.members import add_finance_member, add_worker
from tests.make.payouts import VAULT
from tests.make.verifiers import (
    VERIFIER,
    HostedVerifier,
    Script,
    ToldVerifier,
    answering,
    guarded_verifier,
)
from tests.make.world import World


@dataclass
class Lists(ToldVerifier, ReadsLists):
    """Says what it was told to about each; keeps what was loaded last, and how many were asked
    about in each call of many.
    """

    loaded: list[tuple[str, bytes]] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)

    async def load(
        self,
        files: Sequence[ListFile],
        context: CallContext,  # noqa: ARG002  # the port's
    ) -> tuple[ListVersion, ...]:
        if any(each.content == b"broken" for each in files):
            raise FileRefused("no such column")
        self.loaded = [(each.list_id, each.content) for each in files]
        return tuple(
            ListVersion(
                list_id=each.list_id,
                digest=hashlib.sha256(each.content).hexdigest(),
                published_on=None,
                entry_count=1,
            )
            for each in files
        )

    async def check_many(
        self, requests: Sequence[CheckRequest], context: CallContext
    ) -> tuple[CheckAnswer, ...]:
        self.chunks.append(len(requests))
        return tuple(
            [
                CheckAnswer(check_ref=each.check_ref, outcome=await self.check(each, context))
                for each in requests
            ]
        )


ALL: Final = replace(
    VERIFIER,
    kinds={kind: CheckNeeds(fields=frozenset({SubjectField.NAME})) for kind in CheckKind},
)


@dataclass
class Office:
    """Verifiers by instance, each doing what the test told it last."""

    world: World
    told: dict[str, ToldVerifier] = field(default_factory=dict)
    guarded: dict[str, GuardedVerifier] = field(default_factory=dict)
    versions: dict[int, UUID] = field(default_factory=dict)

    def tell(
        self, instance_id: str, answer: CheckOutcome | CheckState | BaseException | Script
    ) -> ToldVerifier:
        script = answer if callable(answer) else answering(answer)
        if instance_id not in self.told:
            self.add(instance_id, ToldVerifier(script, manifest=ALL))
        self.told[instance_id].script = script
        return self.told[instance_id]

    def host(self, instance_id: str, opening: Script, script: Script) -> HostedVerifier:
        verifier = HostedVerifier(script, manifest=ALL, opening=opening)
        self.add(instance_id, verifier)
        return verifier

    def add(self, instance_id: str, verifier: Any, manifest: VerifierManifest | None = None) -> Any:
        if manifest is not None:
            verifier.manifest = manifest
        self.told[instance_id] = verifier
        self.guarded[instance_id] = guarded_verifier(verifier, instance_id=instance_id)
        return verifier

    @property
    def asking(self) -> Asking:
        return Asking(
            verifiers=VerifierDirectory(self.guarded, region="ZZ"),
            vault=VAULT,
            clock=lambda: self.world.now,
            new_id=self.world.new_id,
        )

    def wait(self, span: timedelta) -> None:
        self.world.now += span

    async def rules(
        self,
        levels: Mapping[int, Sequence[CheckRule]],
        *,
        requirements: Sequence[Requirement] = (),
        when: When | None = None,
        **changes: Any,
    ) -> int:
        """Drafted by one, approved by another, in force from now on."""
        author, approver = [await add_finance_member(self.world) for _ in range(2)]
        rule = Rule(
            name="test",
            when=when or When(),
            levels={level: tuple(checks) for level, checks in levels.items()},
            **changes,
        )
        version = await operations.draft_ruleset(
            author_id=author,
            rules=(rule,),
            requirements=requirements,
            effective_from=self.world.now,
            note="",
            new_id=self.world.new_id,
            now=self.world.now,
        )
        await operations.approve_ruleset(version=version, approver_id=approver, now=self.world.now)
        self.versions[version] = approver
        return version

    async def clear(self) -> None:
        """No rules of another test come into force while this one's time passes."""
        member_id = await add_finance_member(self.world)
        for row in await fetch("select version from verification_ruleset where state = 'approved'"):
            await operations.withdraw_ruleset(
                version=row["version"], member_id=member_id, now=self.world.now
            )

    async def close(self) -> None:
        """No other test meets these rules."""
        for version, approver in self.versions.items():
            await operations.withdraw_ruleset(
                version=version, member_id=approver, now=self.world.now
            )

    async def start(self, member_id: UUID, level: int = 1) -> UUID:
        return await operations.start_verification(
            member_id=member_id,
            level=level,
            region="ZZ",
            new_id=self.world.new_id,
            now=self.world.now,
        )

    async def work(self, member_id: UUID, rounds: int = 4) -> None:
        """What job workers do: every step that is due, until nothing more is."""
        for _ in range(rounds):
            due = [
                row["id"]
                for row in await fetch(
                    """select c.id from verification_check c
                       join verification v on v.id = c.verification_id
                       where v.member_id = $1 and c.due_at <= $2 order by c.id""",
                    member_id,
                    self.world.now,
                )
            ]
            if not due:
                return
            for check_id in due:
                await operations.step_check(check_id=check_id, asking=self.asking)

    async def clerk(self) -> UUID:
        member_id = await add_worker(self.world, name="Stella Staff", country="DE")
        await members.grant_role(member_id=member_id, role=Role.STAFF, now=self.world.now)
        return member_id


async def verification(member_id: UUID, level: int = 1) -> VerificationRow:
    found = (await queries.verifications_of(member_ids=[member_id]))[member_id]
    return next(each for each in found if each.level == level)


async def checks(member_id: UUID, level: int = 1) -> list[CheckRow]:
    key = (await verification(member_id, level)).id
    return (await queries.checks_of(verification_ids=[key]))[key]


async def states(member_id: UUID, level: int = 1) -> tuple[str, list[str]]:
    """Of the verification and of its checks."""
    found = await checks(member_id, level)
    return (
        (await verification(member_id, level)).state.value,
        [each.state.value for each in found],
    )


async def level_of(member_id: UUID) -> int:
    return (await queries.standings(member_ids=[member_id]))[member_id].level


async def answers(member_id: UUID) -> int:
    count: int = await fetch_value(
        """select count(*) from verification_answer a
           join verification_check c on c.id = a.check_id
           join verification v on v.id = c.verification_id where v.member_id = $1""",
        member_id,
    )
    return count


def by(kind: CheckKind, *names: str, **changes: Any) -> CheckRule:
    return CheckRule(check=kind, by=names, **changes)


def opening(ref: str = "vs_1") -> Callable[[CheckRequest], Awaitable[HostedCheck]]:
    async def start(_: CheckRequest) -> HostedCheck:
        return HostedCheck(provider_ref=ref, redirect_url=f"https://vendor.test/{ref}")

    return start
