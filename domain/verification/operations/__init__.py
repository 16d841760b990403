"""Everything that changes a verification. Time, ids and verifiers are given."""

from __future__ import annotations

from domain.verification.operations.check_files import (
    FileRead,
    read_check_file,
    render_check_file,
)
from domain.verification.operations.clock import (
    ask_numbers_again,
    expire_verifications,
    forget_inputs,
    hear_of_checks,
    redact_checks,
    step_due,
)
from domain.verification.operations.decide import (
    REASONS,
    Decided,
    decide_check,
    revoke_verification,
)
from domain.verification.operations.forget import forget_proofs
from domain.verification.operations.lists import add_list
from domain.verification.operations.rows import Asking
from domain.verification.operations.rulesets import (
    approve_ruleset,
    draft_ruleset,
    withdraw_ruleset,
)
from domain.verification.operations.screening import (
    ScreeningProgress,
    hear_of_change,
    screen_due,
    screening_progress,
    unscreened,
    want_screening,
)
from domain.verification.operations.start import (
    LevelNotOffered,
    RetryLater,
    give_input,
    set_profile,
    start_verification,
)
from domain.verification.operations.step import step_check
from domain.verification.operations.uploads import (
    Revealed,
    Ticket,
    Uploaded,
    begin_upload,
    finish_upload,
    reveal_case,
)

__all__ = [
    "REASONS",
    "Asking",
    "Decided",
    "FileRead",
    "LevelNotOffered",
    "RetryLater",
    "Revealed",
    "ScreeningProgress",
    "Ticket",
    "Uploaded",
    "add_list",
    "approve_ruleset",
    "ask_numbers_again",
    "begin_upload",
    "decide_check",
    "draft_ruleset",
    "expire_verifications",
    "finish_upload",
    "forget_inputs",
    "forget_proofs",
    "give_input",
    "hear_of_change",
    "hear_of_checks",
    "read_check_file",
    "redact_checks",
    "render_check_file",
    "reveal_case",
    "revoke_verification",
    "screen_due",
    "screening_progress",
    "set_profile",
    "start_verification",
    "step_check",
    "step_due",
    "unscreened",
    "want_screening",
    "withdraw_ruleset",
]
