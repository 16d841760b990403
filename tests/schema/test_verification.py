"""Verification as a frontend meets it: from an offer to a level, by the sandbox verifier."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.members import operations as members
from domain.members.rules import Role
from domain.verification import operations
from domain.verification.provider import CheckKind
from gateway.providers import VERIFIERS, InstanceSettings, Providers, open_providers
from schema.ids import Tag
from tests.make.ask import Ask
from tests.make.members import add_worker
from tests.make.payouts import VAULT
from tests.make.taxes import MANILA, W8BEN_FORM, submitted_form
from tests.make.verifications import Office, by
from tests.make.world import World
from tests.schema.documents import example

pytestmark = pytest.mark.asyncio
STEPS = """{ viewer { verification { level steps { level state action checkKinds
    verification { id state reasons checks { id kind status reasons action formSchema } } } } } }"""


class House(Office):
    """The office whose verifiers are those of the application."""

    providers: Providers

    @property
    def asking(self) -> Any:
        asking = super().asking
        return type(asking)(
            verifiers=self.providers.verifiers,
            vault=VAULT,
            clock=asking.clock,
            new_id=asking.new_id,
        )


async def seen(ask: Ask, worker: UUID) -> Any:
    return (await ask(STEPS, viewer=worker)).only()["verification"]


async def do(ask: Ask, viewer: UUID, name: str, **input_: Any) -> Any:
    payload = (await ask(example(name), viewer=viewer, input=input_)).only()
    assert payload["errors"] == [], payload
    return payload


async def test_a_member_reaches_a_level(ask: Ask, world: World, providers: Providers) -> None:
    """What is offered, what is missing, a code, and the level."""
    office = House(world)
    office.providers = providers
    await office.rules({1: [by(CheckKind.PHONE, "sandbox-checks")]})
    worker = await add_worker(world)
    offered = await seen(ask, worker)

    await do(ask, worker, "verificationStart", level=1)
    await office.work(worker)
    (step,) = (await seen(ask, worker))["steps"]
    (check,) = step["verification"]["checks"]
    await do(ask, worker, "verificationProfileSet", phone="+49301234567")
    await do(ask, worker, "verificationInputGive", checkId=check["id"])
    await office.work(worker)
    (asked,) = (await seen(ask, worker))["steps"][0]["verification"]["checks"]
    code = [{"name": "code", "value": "000000"}]
    await do(ask, worker, "verificationInputGive", checkId=check["id"], fields=code)
    await office.work(worker)
    done = await seen(ask, worker)
    await office.close()

    assert (offered["level"], offered["steps"][0]["action"]) == (0, "START")
    assert offered["steps"][0]["checkKinds"] == ["PHONE"]
    assert (step["state"], step["action"]) == ("NEEDS_INPUT", "GIVE_INPUT")
    assert check["reasons"] == ["needs_phone"]
    assert (asked["reasons"], asked["action"]) == (["code_sent"], "GIVE_INPUT")
    assert '"code"' in asked["formSchema"]
    assert (done["level"], done["steps"][0]["state"]) == (1, "VERIFIED")
    assert done["steps"][0]["verification"]["checks"][0]["status"] == "PASSED"


async def test_nobody_is_told_of_a_list(ask: Ask, world: World, providers: Providers) -> None:
    """The member sees a check under way, whatever was found; staff see the entry, not the name."""
    office = House(world)
    office.providers = providers
    await office.rules({1: [by(CheckKind.SANCTIONS, "sandbox-checks")]})
    worker = await add_worker(world, name="Harry Hit")
    await do(ask, worker, "verificationStart", level=1)
    await office.work(worker)
    (step,) = (await seen(ask, worker))["steps"]
    (check,) = step["verification"]["checks"]
    clerk = await office.clerk()
    queue = (await ask(example("verificationQueue"), viewer=clerk)).only()
    (case,) = [each for each in queue if each["checkId"] == check["id"]]
    refused = await ask(example("verificationQueue"), viewer=worker)
    shown = await do(ask, clerk, "verificationReveal", checkId=check["id"], reason="compare")
    await do(
        ask, clerk, "verificationDecide", checkId=check["id"], action="DECLINE", reason="on_list"
    )
    declined = await seen(ask, worker)
    await office.close()

    assert (check["status"], check["reasons"], check["action"]) == ("WAITING", [], "WAIT")
    assert case["hits"][0]["entry"] == "1"
    assert refused.data == {"verificationQueue": None}
    assert shown["name"] == "Harry Hit"
    assert declined["steps"][0]["verification"]["reasons"] == ["not_possible"]
    assert declined["steps"][0]["action"] == "ASK_SUPPORT"


async def test_a_country_without_a_rule_is_for_a_person(ask: Ask, world: World) -> None:
    """The member reads why it waits and is asked for nothing; staff find it, and let it pass."""
    office = House(world)
    office.providers = await open_providers(
        allow=["tax_ids"],
        instances=[
            InstanceSettings(
                instance_id="numbers", plugin="tax_ids", config={}, ports=frozenset({VERIFIERS})
            )
        ],
        clock=lambda: world.now,
    )
    await office.rules({3: [by(CheckKind.TAX_ID_FORMAT, "numbers", recheck_days=1)]})
    worker, clerk = await add_worker(world, country="KH"), await office.clerk()
    home = replace(MANILA, city="Phnom Penh", country="KH")
    form = replace(W8BEN_FORM, citizenship="KH", residence=home, foreign_tin="K001-901234567")
    await submitted_form(world, worker, form)
    await do(ask, worker, "verificationStart", level=3)
    await office.work(worker)
    (step,) = (await seen(ask, worker))["steps"]
    (check,) = step["verification"]["checks"]
    queue = (await ask(example("verificationQueue"), viewer=clerk)).only()
    decision = {"action": "ACCEPT", "reason": "confirmed_otherwise"}
    await do(ask, clerk, "verificationDecide", checkId=check["id"], **decision)
    decided = await seen(ask, worker)
    office.wait(timedelta(days=1))
    await operations.step_due(verifiers=office.asking.verifiers, now=world.now)
    await office.work(worker)
    again = await seen(ask, worker)
    await office.close()
    await office.providers.close()

    assert (check["status"], check["action"]) == ("WAITING", "WAIT")
    assert check["reasons"] == ["tax_number_rule_unknown"]
    assert [each["reasons"] for each in queue if each["checkId"] == check["id"]] == [
        ["tax_number_rule_unknown"]
    ]
    assert (decided["level"], decided["steps"][0]["state"]) == (3, "VERIFIED")
    (step,) = again["steps"]  # people look once more, and the level holds
    assert (again["level"], step["state"], step["action"]) == (3, "VERIFIED", "NONE")
    (check,) = step["verification"]["checks"]
    assert (check["status"], check["action"]) == ("WAITING", "WAIT")
    assert check["reasons"] == ["tax_number_rule_unknown"]


async def test_refusals_are_data(ask: Ask, world: World, providers: Providers) -> None:
    """With their codes and paths; what is not one's own does not exist."""
    office = House(world)
    office.providers = providers
    await office.rules({1: [by(CheckKind.PHONE, "sandbox-checks")]})
    worker, stranger = await add_worker(world), await add_worker(world)
    begun = await do(ask, worker, "verificationStart", level=1)
    (check,) = begun["verification"]["checks"]

    async def refusal(viewer: UUID, name: str, **input_: Any) -> tuple[str, list[str]]:
        payload = (await ask(example(name), viewer=viewer, input=input_)).only()
        (error,) = payload["errors"]
        return error["code"], error["path"]

    found = [
        await refusal(stranger, "verificationStart", level=2),
        await refusal(stranger, "verificationInputGive", checkId=check["id"]),
        await refusal(worker, "verificationInputGive", checkId=check["id"]),
        await refusal(worker, "verificationProfileSet", phone="0301234567"),
        await refusal(
            worker,
            "verificationDecide",
            checkId=check["id"],
            action="ACCEPT",
            reason="document_genuine",
        ),
    ]
    node = await ask(
        "query ($id: ID!) { node(id: $id) { id } }", viewer=stranger, id=begun["verification"]["id"]
    )
    await members.grant_role(member_id=stranger, role=Role.FINANCE, now=world.now)
    draft = await refusal(
        stranger,
        "verificationRulesetDraft",
        toml="[[verification]]\nname = 'x'\nlevel.9 = [{ check = 'AGE', by = ['a'] }]",
        effectiveFrom=f"{world.now:%Y-%m-%dT%H:%M:%SZ}",
    )
    await office.close()

    assert found == [
        ("LEVEL_NOT_OFFERED", ["level"]),
        ("INVALID_ID", ["checkId"]),
        ("INVALID_TRANSITION", []),
        ("INVALID_INPUT", ["phone"]),
        ("NOT_ALLOWED", []),
    ]
    assert node.data == {"node": None}
    assert draft == ("INVALID_INPUT", ["toml", "0"])
    assert ask.key(Tag.VERIFICATION_CHECK, check["id"])
