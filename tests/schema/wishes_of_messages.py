"""As `Wishes`: what members write to each other, what they are told, and whom they invite."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.make.scene import NOBODY
from tests.schema.wishes_of_money import EMPLOYER, WORKER, WishesOfMoney


class WishesOfMessages(WishesOfMoney):
    def of_messages(self) -> dict[str, tuple[str, Callable[[], Awaitable[dict[str, Any]]]]]:
        return {
            "messageSend": (WORKER, self.message),
            "messageSend thread": (WORKER, self.answer_in_thread),
            "messageSend campaign": (EMPLOYER, self.first_word),
            "messageRead": (EMPLOYER, self.reading),
            "messageNotice": (EMPLOYER, self.notice),
            "notificationRead all": (WORKER, self.read_all),
            "notificationRead": (WORKER, self.read_one),
            "invitationCreate": (WORKER, self.invitation),
            "invitationOptOut": (NOBODY, self.no),
            "notificationChoose": (WORKER, self.choice),
            "memberPreferencesSet": (WORKER, self.preferences),
            "memberMark": (WORKER, self.mark),
            "ticketOpen": (WORKER, self.staff_question),
            "ticketReply": (WORKER, self.more_for_staff),
            "ticketAnswer": ("staff", self.more_for_staff),
            "ticketNote": ("staff", self.more_for_staff),
            "ticketResolve": (WORKER, self.asked_of_staff),
        }

    async def message(self) -> dict[str, Any]:
        about = {"assignmentId": self.scene.ids["assignment_approved_ann"]}
        return {"about": about, "workerId": None, "text": "See https://example.org/one, please."}

    async def answer_in_thread(self) -> dict[str, Any]:
        sent = await self.scene.do(WORKER, "messageSend", **await self.message())
        return {"about": {"threadId": sent["message"]["thread"]["id"]}, "text": "Thank you."}

    async def first_word(self) -> dict[str, Any]:
        about = {"campaignId": self.scene.ids["campaign_running_ann"]}
        worker_id = self.scene.ids[f"member_{WORKER}"]
        return {"about": about, "workerId": worker_id, "text": "Will you have a look?"}

    async def reading(self) -> dict[str, Any]:
        return {"messageId": self.scene.ids["message_ann"]}

    async def read_all(self) -> dict[str, Any]:
        return {"notificationIds": []}

    async def read_one(self) -> dict[str, Any]:
        return {"notificationIds": [self.scene.ids["notification_ann"]]}

    async def invitation(self) -> dict[str, Any]:
        return {"email": f"{self.scene.ask.world.new_id().hex}@example.org", "label": "Tom"}

    async def no(self) -> dict[str, Any]:
        return {"token": "nobodys"}

    async def choice(self) -> dict[str, Any]:
        return {"payoutChannel": "INBOX", "mutedTopics": ["WORK"]}

    async def notice(self) -> dict[str, Any]:
        return {
            "campaignId": self.scene.ids["campaign_running_ann"],
            "workerIds": [self.scene.ids[f"member_{WORKER}"]],
            "subject": "More to do",
            "text": "There are new pictures.",
        }

    async def preferences(self) -> dict[str, Any]:
        return {"languages": ["en", "tl"], "devices": ["PHONE"], "wantsAdultContent": True}

    async def mark(self) -> dict[str, Any]:
        return {"memberId": self.scene.ids["member_worker_bob"], "mark": "FAVOURITE"}

    async def staff_question(self) -> dict[str, Any]:
        about = [self.scene.ids["campaign_running_ann"], self.scene.ids[f"payout_{WORKER}"]]
        return {"category": "MISUSE", "text": "They ask me to write to x@y.zz.", "aboutIds": about}

    async def asked_of_staff(self) -> dict[str, Any]:
        opened = await self.scene.do(WORKER, "ticketOpen", **await self.staff_question())
        return {"ticketId": opened["ticket"]["id"]}

    async def more_for_staff(self) -> dict[str, Any]:
        return {**await self.asked_of_staff(), "text": "It happened again."}
