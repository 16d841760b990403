"""Until when what was earned stays on the account (R21)."""

from __future__ import annotations

from typing import Final

# When the reward may be paid out, at the latest; null while nobody knows, or for nothing.
PAYABLE_AT: Final = """
    case when {row}.state = 'submitted' then {row}.approves_at + make_interval(days =>
             coalesce((select number from rate where kind = 'maturity'
                       and scope = {row}.currency and valid_from <= {row}.approves_at::date
                       order by valid_from desc limit 1),
                      (select number from rate where kind = 'maturity'
                       and scope = '*' and valid_from <= {row}.approves_at::date
                       order by valid_from desc limit 1)))
         when {row}.state in ('approved', 'partly_approved')
         then coalesce({row}.payable_at, {row}.decided_at) end
"""
