"""A simulated VIES: the numbers of its official test service, and businesses of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final

from litestar import Response, get, post

from plugins.eu_vat import PREFIXES
from plugins.simulation import START, Effect, Simulator

API: Final = "/taxation_customs/vies/rest-api"
TEST_NUMBERS: Final[Mapping[str, str]] = {
    "100": "VALID",
    "200": "INVALID",
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
"""Of the official test service. Each other number is refused there as INVALID_INPUT."""

NAMELESS: Final = frozenset({"DE", "ES"})  # member states that tell no name
NAME: Final = "QUILLERN STUDIO"
ACTIVE: Final = (("DE", "136695976"), ("FR", "40303265045"), ("XI", "432525179"))


class ViesSimulator(Simulator):
    """`active` are the numbers that exist; `down` the member states that do not answer."""

    name: ClassVar[str] = "vies"

    def __init__(self, *, start: Any = START) -> None:
        super().__init__(start=start)
        self.active: dict[tuple[str, str], str] = dict.fromkeys(ACTIVE, NAME)
        self.down: set[str] = set()
        self.busy = 0  # how many of the next questions are one too many
        self.consultations: list[str] = []
        self.asked: list[dict[str, Any]] = []

    def effects(self) -> list[Effect]:
        return []  # nothing moves here

    def is_money_call(self, method: str, path: str) -> bool:
        """What a fault without a path is for: the questions."""
        return method == "POST" and path.startswith(API)

    def handlers(self) -> Sequence[Any]:
        @post(f"{API}/check-vat-number", status_code=HTTPStatus.OK, sync_to_thread=False)
        def check(data: dict[str, Any]) -> Response[dict[str, Any]]:
            return self._answered(data, tests_only=False)

        @post(f"{API}/check-vat-test-service", status_code=HTTPStatus.OK, sync_to_thread=False)
        def check_test(data: dict[str, Any]) -> Response[dict[str, Any]]:
            return self._answered(data, tests_only=True)

        @get(f"{API}/check-status", sync_to_thread=False)
        def status() -> dict[str, Any]:
            return {
                "vow": {"available": True},
                "countries": [
                    {
                        "countryCode": each,
                        "availability": "Unavailable" if each in self.down else "Available",
                    }
                    for each in sorted(PREFIXES)
                ],
            }

        return [check, check_test, status]

    def _answered(self, data: dict[str, Any], *, tests_only: bool) -> Response[dict[str, Any]]:
        self.asked.append(data)
        country, number = str(data.get("countryCode", "")), str(data.get("vatNumber", ""))
        said = TEST_NUMBERS.get(number, "" if not tests_only else "INVALID_INPUT")
        if not said and country not in PREFIXES:
            said = "INVALID_INPUT"
        if country in self.down:
            said = "MS_UNAVAILABLE"
        if self.busy:
            self.busy -= 1
            said = "MS_MAX_CONCURRENT_REQ"
        if said and said not in ("VALID", "INVALID"):
            status = HTTPStatus.BAD_REQUEST if said.startswith("INVALID") else HTTPStatus.OK
            wrapped = {"actionSucceed": False, "errorWrappers": [{"error": said}]}
            return Response(wrapped, status_code=status)
        name = self.active.get((country, number), NAME if said == "VALID" else None)
        return Response(self._verdict(data, country, number, name))

    def _verdict(
        self, data: dict[str, Any], country: str, number: str, name: str | None
    ) -> dict[str, Any]:
        is_told = name is not None and country not in NAMELESS
        return {
            "countryCode": country,
            "vatNumber": number,
            "requestDate": self.clock.now().isoformat(),
            "valid": name is not None,
            "requestIdentifier": self._consultation(data) if name is not None else "",
            "name": name if is_told else "---",
            "address": "1 EXAMPLE STREET" if is_told else "---",
            "traderName": "---",
            "traderNameMatch": "NOT_PROCESSED",
        }

    def _consultation(self, data: dict[str, Any]) -> str:
        """Only for those who say who they are."""
        if not data.get("requesterMemberStateCode") or not data.get("requesterNumber"):
            return ""
        number = f"WAPI{len(self.consultations) + 1:013d}"
        self.consultations.append(number)
        return number
