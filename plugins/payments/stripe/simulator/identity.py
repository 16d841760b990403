"""Stripe Identity as far as we use it: sessions, the pages members see, redaction, news."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

from plugins.payments.stripe.simulator.asked import Asked, Told, invalid
from plugins.payments.stripe.simulator.books import Books, Json
from plugins.payments.stripe.simulator.lists import v1_page

ROUTE: Final = "identity"
KIND: Final = "verification_session"
PROCESSING_SECONDS: Final = 30
REDACTING_SECONDS: Final = 4 * 86_400
TYPES: Final = frozenset({"driving_license", "id_card", "passport"})


class Identity:
    """`finish` is what a member does on Stripe's pages, and what Stripe makes of it."""

    def __init__(self, books: Books, *, url: Callable[[], str]) -> None:
        self._books = books
        self._url = url
        self.refusals: list[str] = []  # codes with which the next sessions are refused

    def table(self) -> list[tuple[str, str, Callable[[Asked], Json | Told]]]:
        where = "/v1/identity/verification_sessions"
        return [
            ("POST", where, self.create),
            ("GET", where, self.list_sessions),
            ("GET", f"{where}/[^/]+", self.retrieve),
            ("POST", f"{where}/[^/]+/cancel", self.cancel),
            ("POST", f"{where}/[^/]+/redact", self.redact),
            ("GET", "/verify/[^/]+", self.page),
            ("POST", "/verify/[^/]+/[a-z_]+", self.click),
        ]

    # -- the API --------------------------------------------------------------

    def create(self, asked: Asked) -> Json:
        if self.refusals:
            raise invalid(self.refusals.pop(0), message="They are not served: Ada Quillern")
        if asked.params["type"] not in ("document", "id_number"):
            raise invalid("parameter_unknown", param="type")
        options = asked.params.get("options", {})
        allowed = options.get("document", {}).get("allowed_types", [])
        if not set(allowed) <= TYPES:
            raise invalid("parameter_invalid", param="options[document][allowed_types]")
        session = self._books.add(
            KIND,
            {
                "id": self._books.new_id("vs"),
                "object": f"identity.{KIND}",
                "client_reference_id": asked.params.get("client_reference_id"),
                "created": self._books.seconds(),
                "last_error": None,
                "last_verification_report": None,
                "livemode": False,
                "metadata": asked.params.get("metadata", {}),
                "options": options,
                "provided_details": asked.params.get("provided_details"),
                "redaction": None,
                "status": "requires_input",
                "type": asked.params["type"],
                "url": "",
                "_return_url": asked.params.get("return_url", ""),
            },
        )
        self._renew_address(session)
        self._tell("created", session)
        return self._shown(session, [])

    def list_sessions(self, asked: Asked) -> Json:
        reference = asked.params.get("client_reference_id")
        status = asked.params.get("status")
        found = [
            self._shown(each, [])
            for each in self._books.all(KIND)
            if (reference is None or each["client_reference_id"] == reference)
            and (status is None or each["status"] == status)
        ]
        return v1_page(asked, found)

    def retrieve(self, asked: Asked) -> Json:
        session = self._books.need(asked.path.rsplit("/", 1)[-1])
        if session["status"] == "requires_input" and session["redaction"] is None:
            self._renew_address(session)
        return self._shown(session, asked.params.get("expand", []))

    def cancel(self, asked: Asked) -> Json:
        session = self._books.need(asked.path.split("/")[-2])
        if session["status"] != "requires_input":
            raise invalid("", message="Only a session that requires input can be canceled.")
        session |= {"status": "canceled", "url": None}
        self._tell("canceled", session)
        return self._shown(session, [])

    def redact(self, asked: Asked) -> Json:
        session = self._books.need(asked.path.split("/")[-2])
        if session["status"] == "processing":
            raise invalid("", message="A session that is processing cannot be redacted.")
        if session["redaction"] is None:
            session |= {
                "redaction": {"status": "processing"},
                "url": None,
                "_redacted_from": self._books.seconds() + REDACTING_SECONDS,
            }
            self._books.open[KIND][session["id"]] = session
        return self._shown(session, [])

    # -- members, and time ----------------------------------------------------

    def finish(
        self, session: Json, *, outputs: Json | None = None, error: str | None = None
    ) -> None:
        """With an error code the member must try again; else the document is good."""
        session |= {
            "status": "processing",
            "url": None,
            "_ends_at": self._books.seconds() + PROCESSING_SECONDS,
            "_error": error,
            "_outputs": outputs,
        }
        self._books.open[KIND][session["id"]] = session
        self._tell("processing", session)

    def of(self, check_ref: str) -> Json:
        return next(e for e in self._books.all(KIND) if e["client_reference_id"] == check_ref)

    def count(self, check_ref: str) -> int:
        return sum(e["client_reference_id"] == check_ref for e in self._books.all(KIND))

    def go_on(self) -> None:
        now = self._books.seconds()
        for session in list(self._books.open[KIND].values()):
            if session["status"] == "processing" and now >= session["_ends_at"]:
                self._end(session)
            redacting = (session["redaction"] or {}).get("status") == "processing"
            if redacting and now >= session["_redacted_from"]:
                session |= {"redaction": {"status": "redacted"}, "_outputs": None}
                self._books.close(KIND, session)
                self._tell("redacted", session)

    def _end(self, session: Json) -> None:
        self._books.close(KIND, session)
        session["last_verification_report"] = self._books.new_id("vr")
        error = session["_error"]
        if error is None:
            session |= {"status": "verified", "last_error": None}
            self._tell("verified", session)
            return
        session |= {
            "status": "requires_input",
            "last_error": {"code": error, "reason": f"The simulator says {error}."},
        }
        self._renew_address(session)
        self._tell("requires_input", session)

    def page(self, asked: Asked) -> Told:
        """The last part of the address works once, as Stripe's own does."""
        session = self._by_address(asked.path.rsplit("/", 1)[-1])
        where = escape(session["url"].removeprefix(self._url()))
        buttons = "".join(
            f'<form method="post" action="{where}/{each}"><button>{label}</button></form>'
            for each, label in (
                ("good", "A good passport"),
                ("document_expired", "An expired one"),
                ("selfie_face_mismatch", "Another face"),
            )
        )
        return Told(page=f"<!doctype html><title>Simulated Stripe Identity</title>{buttons}")

    def click(self, asked: Asked) -> Told:
        token, what = asked.path.split("/")[-2:]
        session = self._by_address(token)
        outputs = {"first_name": "Ada", "last_name": "Lovelace", "dob": [1990, 12, 10]}
        if what == "good":
            self.finish(session, outputs=outputs)
        else:
            self.finish(session, error=what)
        return Told(
            page="<!doctype html><title>Done</title><p>Done.",
            location=session["_return_url"],
            status=303 if session["_return_url"] else 200,
        )

    def _by_address(self, token: str) -> Json:
        for each in self._books.all(KIND):
            if str(each["url"] or "").endswith(f"/verify/{token}"):
                return each
        raise invalid("resource_missing", param="id")

    def _renew_address(self, session: Json) -> None:
        session["url"] = f"{self._url()}/verify/{self._books.new_id('live')}"

    def _tell(self, what: str, session: Json) -> None:
        self._books.tell(f"identity.{KIND}.{what}", _bare(self._shown(session, [])), route=ROUTE)

    def _shown(self, session: Json, expand: Any) -> Json:
        """Outputs only where they were asked for, the birth date only by its own name."""
        shown = _bare(session)
        outputs = session.get("_outputs")
        if session["redaction"] is not None:
            shown["verified_outputs"] = None
        elif session["status"] == "verified" and outputs and "verified_outputs" in expand:
            year, month, day = outputs["dob"]
            dob = {"year": year, "month": month, "day": day}
            shown["verified_outputs"] = {
                **{name: value for name, value in outputs.items() if name != "dob"},
                **({"dob": dob} if "verified_outputs.dob" in expand else {}),
            }
        return shown


def _bare(session: Json) -> Json:
    return {name: value for name, value in session.items() if not name.startswith("_")}
