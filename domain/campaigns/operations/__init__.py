"""Everything that changes a campaign. Tasks are added, and campaigns stopped, by `domain.tasks`."""

from __future__ import annotations

from domain.campaigns.operations.draft import (
    change_campaign,
    create_campaign,
    draft_campaign,
    revise_instructions,
)
from domain.campaigns.operations.dry_run import DryRun, dry_run_campaign
from domain.campaigns.operations.feature import Featured, feature_campaign
from domain.campaigns.operations.floors import PriceBelowFloor, require_floor
from domain.campaigns.operations.fund import Funded, NoTasks, fund_campaign, set_aside
from domain.campaigns.operations.hosts import note_hosts
from domain.campaigns.operations.opening import (
    EmployerUnverified,
    begin_restart,
    pause_campaign,
    publish_campaign,
    require_within_cap,
    resume_campaign,
)
from domain.campaigns.operations.oversight import (
    acknowledge_pause,
    clear_campaign,
    pause_by_system,
    pause_for_low_escrow,
)
from domain.campaigns.operations.plan import plan_consensus
from domain.campaigns.operations.publication_review import approve_campaign, decline_campaign
from domain.campaigns.operations.reports import begin_block, report_campaign, suspend_campaign
from domain.campaigns.operations.reprice import reprice
from domain.campaigns.operations.rows import (
    count_places,
    lock_campaign,
    lock_own_campaign,
    move_campaign,
)
from domain.campaigns.operations.variables import name_variables

__all__ = [
    "DryRun",
    "EmployerUnverified",
    "Featured",
    "Funded",
    "NoTasks",
    "PriceBelowFloor",
    "acknowledge_pause",
    "approve_campaign",
    "begin_block",
    "begin_restart",
    "change_campaign",
    "clear_campaign",
    "count_places",
    "create_campaign",
    "decline_campaign",
    "draft_campaign",
    "dry_run_campaign",
    "feature_campaign",
    "fund_campaign",
    "lock_campaign",
    "lock_own_campaign",
    "move_campaign",
    "name_variables",
    "note_hosts",
    "pause_by_system",
    "pause_campaign",
    "pause_for_low_escrow",
    "plan_consensus",
    "publish_campaign",
    "report_campaign",
    "reprice",
    "require_floor",
    "require_within_cap",
    "resume_campaign",
    "revise_instructions",
    "set_aside",
    "suspend_campaign",
]
