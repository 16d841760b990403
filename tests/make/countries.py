"""A house with every kind of route, and a worker of each country on the way to being paid there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from domain.database import fetch_value
from domain.payouts import operations
from domain.payouts.queries import batch_file
from domain.payouts.rules import PayoutState
from domain.provider_inbox.operations import read_file
from domain.taxes import queries as taxes
from domain.taxes.rules.forms import Address, TaxForm
from domain.taxes.rules.profile import missing
from domain.verification import operations as verification
from domain.verification.operations import Asking
from domain.verification.provider import CheckKind, CheckState, Entity
from domain.verification.rules import DecisionAction
from gateway.providers import PAYOUTS, VERIFIERS, InstanceSettings, Providers, open_providers
from plugins.kyc.vies.simulator import ViesSimulator
from plugins.payments.bank.simulator import BankSimulator
from plugins.payments.crypto.ethereum import load_ethereum
from plugins.payments.crypto.simulator import CHAIN_ID, CryptoSimulator
from plugins.payments.manual.simulator import StaffSimulator
from plugins.payments.payoneer.simulator import PayoneerSimulator
from plugins.payments.paypal.simulator import PayPalSimulator, config_of
from plugins.simulation import Simulator, serve
from tests.make.members import BORN_ON
from tests.make.news import news_of
from tests.make.online import PAYPAL_SECRETS
from tests.make.payouts import VAULT, House, open_house, payout
from tests.make.taxes import SELLER_FORM, VAT_FORM, W8BEN_FORM, W9_FORM, submitted_form
from tests.make.verifications import Office, checks
from tests.make.world import World
from tests.plugins.bank.make import ACH, ACH_FIELDS, SEPA, folders
from tests.plugins.crypto.make import SECRETS as CRYPTO_SECRETS
from tests.plugins.crypto.make import simulated_config
from tests.plugins.kyc.documents.make import PICTURE, passport
from tests.plugins.kyc.sanctions.make import SDN_CSV
from tests.plugins.payoneer.make import SECRETS as PAYONEER_SECRETS
from tests.plugins.payoneer.make import config_of as payoneer_config

ROUNDS_MAX: Final = 40
FORMAT, ISSUED, VAT = CheckKind.TAX_ID_FORMAT, CheckKind.TAX_ID_ISSUED, CheckKind.VAT_ACTIVE
WHO_ANSWERS: Final = {
    FORMAT: "tax-ids",
    ISSUED: "irs",
    VAT: "vies",
    CheckKind.SANCTIONS: "sanctions",
    CheckKind.DOCUMENT: "documents",
    CheckKind.PHONE: "sandbox-checks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What a worker of this country gives, has checked, and is paid by."""

    country: str
    form: TaxForm
    kinds: tuple[CheckKind, ...] = (FORMAT,)
    route: str
    currency: str
    place: str  # kind of destination
    fields: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"Wanda {self.country.title()}"


def _address(country: str) -> Address:
    return Address(street="Example Street 1", city="Town", postcode="10115", country=country)


def seller(country: str, tin: str) -> TaxForm:
    name = f"Wanda {country.title()}"
    return replace(
        SELLER_FORM,
        name=name,
        signed_name=name,
        address=_address(country),
        tin_country=country,
        tin=tin,
    )


def foreign(country: str, tin: str) -> TaxForm:
    name = f"Wanda {country.title()}"
    return replace(
        W8BEN_FORM,
        name=name,
        signed_name=name,
        citizenship=country,
        residence=_address(country),
        foreign_tin=tin,
    )


def by_sepa(country: str, iban: str) -> dict[str, Any]:
    fields = {
        "holder_name": f"Wanda {country.title()}",
        "iban": iban,
        "town": "Town",
        "address_country": country,
    }
    return {"route": "sepa", "currency": "EUR", "place": "sepa_iban", "fields": fields}


def by_paypal(country: str, currency: str) -> dict[str, Any]:
    fields = {"email": f"wanda.{country.lower()}@payee.example"}
    return {"route": "paypal", "currency": currency, "place": "paypal", "fields": fields}


def by_payoneer(country: str) -> dict[str, Any]:
    fields = {"payee_id": f"wanda-{country.lower()}"}
    return {"route": "payoneer", "currency": "USD", "place": "payoneer_payee", "fields": fields}


HOMES: Final = (
    Home(
        country="US",
        form=replace(W9_FORM, name="Wanda Us", signed_name="Wanda Us"),
        kinds=(FORMAT, ISSUED, CheckKind.SANCTIONS),
        route="ach",
        currency="USD",
        place="us_account",
        fields={**ACH_FIELDS, "holder_name": "Wanda Us"},
    ),
    Home(
        country="DE",
        form=replace(
            VAT_FORM,
            country="DE",
            business_name="Wanda De",
            address=_address("DE"),
            vat_id="DE136695976",
        ),
        kinds=(VAT, CheckKind.SANCTIONS),
        **by_sepa("DE", "DE89370400440532013000"),
    ),
    Home(
        country="FR",
        form=seller("FR", "30 23 217 600 053"),
        kinds=(FORMAT, CheckKind.SANCTIONS),
        **by_sepa("FR", "FR1420041010050500013M02606"),
    ),
    Home(
        country="ES",
        form=seller("ES", "54362315K"),
        **by_sepa("ES", "ES9121000418450200051332"),
    ),
    Home(
        country="PL",
        form=seller("PL", "44051401359"),
        **by_sepa("PL", "PL61109010140000071219812874"),
    ),
    Home(country="PT", form=seller("PT", "501964843"), **by_paypal("PT", "EUR")),
    Home(country="GB", form=seller("GB", "1955839661"), **by_paypal("GB", "GBP")),
    Home(
        country="PH",
        form=foreign("PH", "123-456-789-000"),
        kinds=(FORMAT, CheckKind.PHONE),
        **by_paypal("PH", "USD"),
    ),
    Home(country="IN", form=foreign("IN", "ACUPA7085R"), **by_payoneer("IN")),
    Home(country="BR", form=foreign("BR", "390.533.447-05"), **by_payoneer("BR")),
    Home(
        country="KE",
        form=foreign("KE", "P051365947M"),
        route="manual",
        currency="USD",
        place="bank_account",
        fields={"holder_name": "Wanda Ke", "account_number": "00123456", "bank_name": "First"},
    ),
    Home(
        country="NG",
        form=foreign("NG", "123456789012"),
        kinds=(FORMAT, CheckKind.DOCUMENT),
        route="crypto",
        currency="USD",
        place="stablecoin",
        fields={"chain_id": f"eip155:{CHAIN_ID}"},
    ),
)


@dataclass
class WorldHouse(House):
    """All routes and all verifiers, as the real host opens them, with their services beside it."""

    bank: BankSimulator
    staff: StaffSimulator
    served: tuple[Simulator, ...]
    office: Office
    checked: dict[str, list[str]] = field(default_factory=dict)

    def wait(self, span: timedelta) -> None:
        super().wait(span)
        for each in (self.bank, self.staff, *self.served):
            each.clock.advance(span)

    @property
    def asking(self) -> Asking:
        return replace(self.office.asking, verifiers=self.opened.verifiers)

    # -- verification ---------------------------------------------------------

    async def gave_all_forms(self, worker: UUID, home: Home) -> bool:
        """What the law of the country wants from a worker of ours."""
        await submitted_form(self.world, worker, home.form)
        today: date = self.world.now.date()
        needs = await taxes.needs_of_country(country=home.country, on=today)
        forms = await taxes.forms_of(member_id=worker)
        left = missing(needs=needs, forms=forms, today=today, country=home.country)
        if left:
            await submitted_form(self.world, worker, seller(home.country, "36574261809"))
            forms = await taxes.forms_of(member_id=worker)
            left = missing(needs=needs, forms=forms, today=today, country=home.country)
        return not left

    async def verify(self, worker: UUID, home: Home) -> None:
        """Level 1, whatever its checks ask of the member, of staff and of an office."""
        await verification.set_profile(
            member_id=worker,
            entity=Entity.BUSINESS if VAT in home.kinds else Entity.PERSON,
            phone="+639171234567",
            vault=VAULT,
            now=self.world.now,
        )
        await self.office.start(worker)
        for _ in range(ROUNDS_MAX):
            await self._work(worker)
            waiting = [each for each in await checks(worker) if each.state not in _DONE]
            if not waiting:
                break
            for check in waiting:
                await self._help(worker, home, check)
        self.checked[home.country] = [each.state.value for each in await checks(worker)]

    async def _work(self, worker: UUID) -> None:
        for check in await checks(worker):
            await verification.step_check(check_id=check.id, asking=self.asking)

    async def _help(self, worker: UUID, home: Home, check: Any) -> None:
        world = self.world
        if check.kind is ISSUED and check.state is CheckState.PENDING:
            await self._by_file(check)
        elif check.is_for_people:
            await verification.decide_check(
                check_id=check.id,
                member_id=await self.office.clerk(),
                action=DecisionAction.ACCEPT,
                reason="document_genuine",
                note="",
                vault=VAULT,
                new_id=world.new_id,
                now=world.now,
            )
        elif check.state is CheckState.NEEDS_INPUT and check.kind is CheckKind.PHONE:
            await self._give(worker, check, {"code": "000000"})
        elif check.state is CheckState.NEEDS_INPUT:
            await self._show_document(worker, home, check)

    async def _give(self, worker: UUID, check: Any, given: Mapping[str, str]) -> None:
        await verification.give_input(
            check_id=check.id, member_id=worker, given=given, vault=VAULT, now=self.world.now
        )

    async def _show_document(self, worker: UUID, home: Home, check: Any) -> None:
        world = self.world
        ticket = await verification.begin_upload(
            check_id=check.id,
            name="front",
            member_id=worker,
            new_token=world.new_token,
            new_id=world.new_id,
            now=world.now,
        )
        zone = passport(
            surname=home.country,
            given="Wanda",
            born_on=BORN_ON,
            expires_on=world.now.date() + timedelta(days=900),
        )
        await self._give(worker, check, {"zone": zone})
        await verification.finish_upload(
            token=ticket.token, content=PICTURE, vault=VAULT, now=world.now
        )

    async def _by_file(self, check: Any) -> None:
        """Staff carry it to the IRS, which answers every line with a match."""
        clerk = await self.office.clerk()
        file = await verification.render_check_file(
            instance_id="irs", member_id=clerk, reason="weekly", asking=self.asking
        )
        lines = file.content.decode().split()
        answered = "\r\n".join(f"{line};0" for line in file.content.decode().splitlines())
        assert any(check.check_ref in line for line in lines)
        await verification.read_check_file(
            instance_id="irs", member_id=clerk, content=answered.encode(), asking=self.asking
        )

    # -- payout ---------------------------------------------------------------

    async def settle(self, payout_id: UUID, batch_id: UUID, home: Home) -> PayoutState:
        """What time, services, banks and staff do until it is paid, or for a long time."""
        match home.route:
            case "sepa":
                assert self.bank.collect() == 1
                await self._read("sepa", self.bank.camt_053())
            case "manual":
                ref: str = await fetch_value(
                    "select batch_ref from payout_batch where id = $1", batch_id
                )
                found = await batch_file(batch_ref=ref, vault=VAULT)
                assert found is not None
                await self._read("manual", self.staff.fill(found.content))
        for _ in range(ROUNDS_MAX):
            state = (await payout(payout_id)).state
            if state is PayoutState.PAID:
                return state
            for each in self.served:
                if isinstance(each, PayoneerSimulator):
                    each.settle()
            await self.look_up(batch_id, after=timedelta(hours=8))
        return (await payout(payout_id)).state

    async def _read(self, instance_id: str, content: bytes) -> None:
        await read_file(
            instance_id=instance_id,
            name=f"{instance_id}-{self.world.new_token()[:8]}",
            content=content,
            read_by=None,
            news=news_of(self),
            vault=VAULT,
            clock=self.clock,
            new_id=self.world.new_id,
        )

    async def route_or_hold(self, payout_id: UUID) -> UUID | None:
        return await operations.route_payout(
            payout_id=payout_id,
            providers=self.providers,
            new_id=self.world.new_id,
            now=self.world.now,
        )


_DONE: Final = (CheckState.VERIFIED, CheckState.FORMAT_OK)


def place_of(home: Home, number: int) -> Mapping[str, str]:
    """Addresses of a chain have check digits of their own."""
    if home.route != "crypto":
        return home.fields
    return {**home.fields, "address": load_ethereum().checksum(f"0x{number:040x}")}


@asynccontextmanager
async def open_world_house(world: World, folder: Path) -> AsyncIterator[WorldHouse]:
    services: tuple[Simulator, ...] = (
        PayPalSimulator(),
        PayoneerSimulator(),
        CryptoSimulator(),
        ViesSimulator(),
    )
    async with open_house(world, folder) as house:
        with ExitStack() as stack:
            urls = {each.name: stack.enter_context(serve(each)) for each in services}
            for each in services:
                each.clock.set(world.now)
            opened = await open_providers(
                allow=_ALLOWED,
                instances=_instances(folder, urls),
                clock=lambda: world.now,
            )
            assert [each.reason for each in opened.instances if each.reason] == []
            try:
                yield await _furnished(world, house, opened, folder, services)
            finally:
                await opened.close()


async def _furnished(
    world: World,
    house: House,
    opened: Providers,
    folder: Path,
    services: tuple[Simulator, ...],
) -> WorldHouse:
    office = Office(world)
    await office.clear()
    made = WorldHouse(
        world=world,
        opened=opened,
        memory=house.memory,
        providers=opened.payouts,
        bank=BankSimulator(folder=folder / "sepa" / "out", start=world.now),
        staff=StaffSimulator(start=world.now),
        served=services,
        office=office,
    )
    await verification.add_list(
        instance_id="sanctions",
        list_id="ofac_sdn",
        name="sdn.csv",
        content=SDN_CSV,
        member_id=None,
        verifiers=opened.verifiers,
        new_id=world.new_id,
        now=world.now,
    )
    return made


_ALLOWED: Final = (
    *("bank", "paypal", "payoneer", "crypto", "manual"),
    *("vies", "tax_ids", "irs_tin", "sanctions", "documents", "sandbox"),
)


def _instances(folder: Path, urls: Mapping[str, str]) -> list[InstanceSettings]:
    for name in ("sepa", "ach"):
        (folder / name).mkdir()
    own = {"own_prefix": "DE", "own_number": "136695976", "retry_delays": []}
    ach = {**ACH, **folders(folder / "ach"), "paid_after_banking_days": 1}

    def pays(name: str, plugin: str, config: Any, secrets: Mapping[str, str]) -> InstanceSettings:
        for key, value in secrets.items():
            (folder / f"{name}-{key}").write_text(value)
        return InstanceSettings(
            instance_id=name,
            plugin=plugin,
            config=config,
            secrets={key: f"file:{folder / f'{name}-{key}'}" for key in secrets},
            ports=frozenset({PAYOUTS}),
        )

    def checks_by(name: str, plugin: str, **config: Any) -> InstanceSettings:
        return InstanceSettings(
            instance_id=name, plugin=plugin, config=config, ports=frozenset({VERIFIERS})
        )

    return [
        pays("sepa", "bank_sepa", {**SEPA, **folders(folder / "sepa")}, {}),
        pays("ach", "bank_ach", ach, {}),
        pays("paypal", "paypal", config_of(urls["paypal"]), PAYPAL_SECRETS),
        pays("payoneer", "payoneer", payoneer_config(urls["payoneer"]), PAYONEER_SECRETS),
        pays("crypto", "crypto", simulated_config(urls["crypto"]), CRYPTO_SECRETS),
        pays("manual", "manual", {}, {}),
        checks_by("vies", "vies", endpoint=urls["vies"], **own),
        checks_by("tax-ids", "tax_ids"),
        checks_by("irs", "irs_tin"),
        checks_by("sanctions", "sanctions"),
        checks_by("documents", "documents"),
        checks_by("sandbox-checks", "sandbox"),
    ]
