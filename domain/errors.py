"""The root of every "no" the domain can give.

Each aggregate defines its refusals in the module of the operation that raises
them. `code` is public: clients switch on it, so it never changes.
"""

from __future__ import annotations

from typing import ClassVar


class Refused(Exception):
    """The request was understood, the answer is no, and nothing has changed."""

    code: ClassVar[str]
    argument: ClassVar[str | None] = None  # the operation's argument at fault


class NotFound(Refused):
    """Also the answer for what exists but is not the viewer's to see."""

    code = "NOT_FOUND"


class NotAllowed(Refused):
    """The viewer may see it, but lacks the role that the change needs."""

    code = "NOT_ALLOWED"


class SecondPersonNeeded(Refused):
    """Four eyes: whoever did the first part cannot do the second as well."""

    code = "SECOND_PERSON_NEEDED"


class InvalidTransition(Refused):
    """The state machine does not list this event in this state."""

    code = "INVALID_TRANSITION"

    def __init__(self, *, subject: str, state: str, event: str) -> None:
        super().__init__(f"{subject} is {state}: {event} is not possible")
        self.state = state
        self.event = event


class InvalidInput(Refused):
    """A value of the right type that breaks a rule; `path` leads to it inside the input."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, *, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path
