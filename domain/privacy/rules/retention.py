"""How long what has ended is kept. What is not listed here stays, for the reason in `STORES`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DataClass(StrEnum):
    """Each has its days: the dated rate `retention` of this scope."""

    ANALYTICS = "analytics"
    SESSIONS = "sessions"
    FINGERPRINTS = "fingerprints"
    PROFILE_CHANGES = "profile_changes"
    NOTIFICATIONS = "notifications"
    SEARCH_ALERTS = "search_alerts"
    WEBHOOK_DELIVERIES = "webhook_deliveries"
    INVITATIONS = "invitations"
    DATA_EXPORTS = "data_exports"
    TAX_PAPERS = "tax_papers"


# By table, in the order in which they go; none where each row says itself until when it is kept.
CLASS_OF: Final[Mapping[str, DataClass | None]] = {
    "step_up_challenge": DataClass.SESSIONS,
    "login_session": DataClass.SESSIONS,
    "login_fingerprint": DataClass.FINGERPRINTS,
    "profile_change": DataClass.PROFILE_CHANGES,
    "notification": DataClass.NOTIFICATIONS,
    "search_alert": DataClass.SEARCH_ALERTS,
    "webhook_delivery": DataClass.WEBHOOK_DELIVERIES,
    "analytics_event": DataClass.ANALYTICS,
    "invitation": DataClass.INVITATIONS,
    "data_export": None,
    "data_key": None,
    "sealed_value": None,
}
