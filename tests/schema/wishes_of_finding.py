"""Valid inputs for what staff and members do so that work is found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from domain.categories.operations import set_category
from tests.schema.wishes_of_money import WORKER, WishesOfMoney

STAFF: Final = "staff"
ODD: Final = "other.odd"
LATER: Final = "2040-01-01"
WHY: Final = "Decided by the board."


class WishesOfFinding(WishesOfMoney):
    def of_finding(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            "categorySet": (STAFF, self.category),
            "categoryFloorSet": (STAFF, self.floor),
            "countryZoneSet": (STAFF, self.zone),
            "hostSet": (STAFF, self.host),
            "savedSearchSet": (WORKER, self.search),
            "savedSearchRemove": (WORKER, self.kept_search),
        }

    async def category(self) -> dict[str, Any]:
        """Another name for a category that is there, whoever of the tests made it."""
        staff_id, now = self.scene.people[STAFF], self.scene.ask.world.now
        before = {"en": "Odd work"}
        await set_category(staff_id=staff_id, slug=ODD, names=before, is_open=True, now=now)
        names = [{"language": "en", "text": "Odd jobs"}]
        return {"slug": ODD, "names": names, "isOpen": True}

    async def floor(self) -> dict[str, Any]:
        return {
            "slug": "other",
            "zone": "oceania",
            "currency": "KWD",
            "amount": "0.01",
            "validFrom": LATER,
            "reason": WHY,
        }

    async def zone(self) -> dict[str, Any]:
        return {"countries": ["AQ"], "zone": "south", "validFrom": LATER, "reason": WHY}

    async def host(self) -> dict[str, Any]:
        return {"host": "far-off.example", "isBlocked": True, "reason": WHY}

    async def search(self) -> dict[str, Any]:
        return {"name": "Pictures", "where": self.filter(), "isAlerting": False}

    def filter(self) -> dict[str, Any]:
        """All that a filter of campaigns can say."""
        whose = self.scene.ids["campaign_running_ann"]  # of another type: it fits nothing
        instants = {"range": {"from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"}}
        return {
            "category": {"eq": "SURVEY", "in": ["SURVEY"]},
            "categorySlug": {"eq": "other", "within": "other"},
            "currency": {"eq": "USD", "in": ["USD"]},
            "reward": {"currency": "USD", "eq": "1", "range": {"from": "0.01", "to": "2"}},
            "title": {"eq": "picture", "in": ["picture"], "contains": "pic", "isNull": False},
            "workMode": {"eq": "CHECK", "in": ["CHECK"]},
            "contentRating": {"eq": "GENERAL", "in": ["GENERAL"]},
            "difficulty": {"eq": "EASY", "in": ["EASY"]},
            "employerId": {"eq": whose, "in": [whose]},
            "publishedAt": {**instants, "isNull": False},
            "endsAt": {**instants, "isNull": True},
            "and": [{"title": {"contains": "a"}}],
            "or": [{"title": {"contains": "b"}}],
            "not": {"title": {"contains": "c"}},
        }

    async def kept_search(self) -> dict[str, Any]:
        await self.scene.do(WORKER, "savedSearchSet", **await self.search())
        return {"name": "Pictures"}
