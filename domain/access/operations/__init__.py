"""Everything that changes passwords, sessions and step-ups.

Passwords are hashed and compared outside any transaction: it takes a third of a second.
"""

from __future__ import annotations

from domain.access.operations.fingerprints import note_fingerprint
from domain.access.operations.forget import end_sessions, forget_sign_ins
from domain.access.operations.limits import TooManyAttempts
from domain.access.operations.points import (
    Share,
    Wish,
    lease_points,
    purge_buckets,
    return_points,
)
from domain.access.operations.register_member import (
    PasswordTooWeak,
    add_registered,
    prepare_registration,
    register_member,
)
from domain.access.operations.sign_in import (
    LoggedIn,
    WrongCredentials,
    log_in,
    log_out,
    revoke_all_sessions,
    revoke_session,
    revoke_token,
)
from domain.access.operations.step_up import (
    StepUpRequired,
    begin_step_up,
    complete_step_up,
    spend_step_up,
)

__all__ = [
    "LoggedIn",
    "PasswordTooWeak",
    "Share",
    "StepUpRequired",
    "TooManyAttempts",
    "Wish",
    "WrongCredentials",
    "add_registered",
    "begin_step_up",
    "complete_step_up",
    "end_sessions",
    "forget_sign_ins",
    "lease_points",
    "log_in",
    "log_out",
    "note_fingerprint",
    "prepare_registration",
    "purge_buckets",
    "register_member",
    "return_points",
    "revoke_all_sessions",
    "revoke_session",
    "revoke_token",
    "spend_step_up",
]
