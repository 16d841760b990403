"""The one GraphQL schema: types, inputs, payloads, resolvers. No SQL, no rules, no HTTP."""

from __future__ import annotations

from functools import cache
from typing import Final

import strawberry
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.extensions import AddValidationRules, MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig

from schema.access import AccessMutations
from schema.admission import Admission
from schema.analytics import AnalyticsMutations
from schema.assignments.bulk import AssignmentBulkMutations
from schema.assignments.mutations import AssignmentMutations
from schema.assignments.rejections import RejectionMutations, RejectionQueries
from schema.campaigns.dry_run import CampaignDryRunMutations
from schema.campaigns.features import CampaignFeatureMutations, FeatureQueries
from schema.campaigns.imports import CampaignImportMutations
from schema.campaigns.invitations import CampaignInvitationMutations
from schema.campaigns.lists import CampaignQueries
from schema.campaigns.mutations import CampaignMutations
from schema.campaigns.oversight import CampaignOversightMutations, CampaignOversightQueries
from schema.categories import CategoryMutations, CategoryQueries
from schema.data_exports import DataExportMutations
from schema.deadline import AtOnce, Deadline
from schema.deposit_arrivals import DepositArrivalMutations
from schema.deposits import DepositMutations
from schema.deprecations import DeprecatedUses, Deprecations
from schema.disclosures import DisclosureMutations, DisclosureQueries
from schema.disputes.lists import DisputeQueries
from schema.disputes.mutations import DisputeMutations
from schema.disputes.panel import PanelMutations, PanelQueries
from schema.document_cache import DocumentCache, KnownDocuments
from schema.engine import Engine
from schema.errors import UserError
from schema.events.subscriptions import Subscription
from schema.events.types import EVENT_TYPES
from schema.finance import FinanceQueries
from schema.hosts import HostMutations, HostQueries
from schema.introspection import Introspection
from schema.invitations import InvitationMutations
from schema.invoices import InvoiceMutations
from schema.limits import OperationLimits
from schema.looks import LookMutations, LookQueries
from schema.members import MemberQueries
from schema.messages.mutations import MessageMutations
from schema.nodes import NodeQueries
from schema.notifications import NotificationMutations
from schema.paper_mutations import PaperMutations
from schema.payouts.doubts import PayoutDoubtQueries
from schema.payouts.instructions import PayoutInstructionMutations, PayoutInstructionQueries
from schema.payouts.member_holds import PayoutHoldMutations
from schema.payouts.mutations import PayoutMutations
from schema.payouts.oversight import PayoutOversightQueries
from schema.payouts.quotes import PayoutQuoteQueries
from schema.payouts.resolutions import PayoutResolutionMutations
from schema.payouts.routing import RoutingMutations, RoutingQueries
from schema.payouts.runs import PayoutRunMutations
from schema.payouts.spendings import SpendingMutations
from schema.policies import PolicyMutations, PolicyQueries
from schema.preferences import PreferenceMutations
from schema.privacy import PrivacyMutations, PrivacyQueries
from schema.profiles import ProfileMutations, ProfileQueries
from schema.provider_files import ProviderFileMutations
from schema.provider_mutations import ProviderMutations
from schema.ratings import RatingMutations
from schema.read_model import check as check_mapping
from schema.referral_oversight import ReferralOversightMutations, ReferralOversightQueries
from schema.referrals import ReferralMutations
from schema.retention import RetentionQueries
from schema.rewards import RewardMutations
from schema.risk.mutations import RiskMutations
from schema.risk.types import RiskQueries
from schema.scalars import SCALARS
from schema.searches import SearchMutations
from schema.skills import SkillMutations
from schema.supplements import SupplementMutations
from schema.suspensions.mutations import SuspensionMutations
from schema.suspensions.types import SuspensionQueries
from schema.taxes.law import LawMutations
from schema.taxes.mutations import TaxMutations
from schema.taxes.notices import TaxNoticeMutations
from schema.taxes.terms import VatTermsMutations
from schema.tickets.mutations import TicketMutations
from schema.tickets.types import TicketQueries
from schema.uploads import UploadMutations
from schema.verification.mutations import VerificationMutations
from schema.verification.staff import VerificationQueries, VerificationStaffMutations
from schema.viewer import ViewerQueries
from schema.webhooks.mutations import WebhookMutations

TOKENS_MAX: Final = 2_000

# graphql-core compares repeated fields in pairs; its own limit allows a second of work.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000

KNOWN_DOCUMENTS: Final = KnownDocuments()
DEPRECATED_USES: Final = DeprecatedUses()


@strawberry.type(description="Reads. Every field may be null when an error stands beside it.")
class Query(
    ViewerQueries,
    NodeQueries,
    MemberQueries,
    ProfileQueries,
    PolicyQueries,
    PrivacyQueries,
    DisclosureQueries,
    LookQueries,
    RetentionQueries,
    CampaignQueries,
    FeatureQueries,
    CategoryQueries,
    HostQueries,
    PayoutQuoteQueries,
    PayoutInstructionQueries,
    RoutingQueries,
    VerificationQueries,
    PayoutOversightQueries,
    PayoutDoubtQueries,
    CampaignOversightQueries,
    ReferralOversightQueries,
    DisputeQueries,
    PanelQueries,
    TicketQueries,
    RejectionQueries,
    SuspensionQueries,
    RiskQueries,
    FinanceQueries,
):
    pass


@strawberry.type(description="Changes. An expected no stands in `errors` of the payload.")
class Mutation(
    AccessMutations,
    AnalyticsMutations,
    ProfileMutations,
    PolicyMutations,
    PrivacyMutations,
    SupplementMutations,
    LookMutations,
    DisclosureMutations,
    DataExportMutations,
    CampaignMutations,
    CampaignInvitationMutations,
    CampaignFeatureMutations,
    CampaignDryRunMutations,
    CampaignImportMutations,
    CampaignOversightMutations,
    SkillMutations,
    CategoryMutations,
    HostMutations,
    SearchMutations,
    AssignmentMutations,
    AssignmentBulkMutations,
    UploadMutations,
    RejectionMutations,
    DisputeMutations,
    PanelMutations,
    SuspensionMutations,
    RiskMutations,
    MessageMutations,
    TicketMutations,
    NotificationMutations,
    PreferenceMutations,
    RatingMutations,
    RewardMutations,
    ReferralMutations,
    ReferralOversightMutations,
    InvitationMutations,
    DepositMutations,
    PayoutMutations,
    PayoutHoldMutations,
    SpendingMutations,
    PayoutInstructionMutations,
    PayoutRunMutations,
    PayoutResolutionMutations,
    RoutingMutations,
    VerificationMutations,
    VerificationStaffMutations,
    ProviderMutations,
    ProviderFileMutations,
    DepositArrivalMutations,
    InvoiceMutations,
    PaperMutations,
    WebhookMutations,
    TaxMutations,
    TaxNoticeMutations,
    LawMutations,
    VatTermsMutations,
):
    pass


def refusal_types() -> list[type]:
    """No field names them, so the schema must be told."""
    return sorted(UserError.__subclasses__(), key=lambda kind: kind.__name__)


def build(
    *, is_sorted: bool, has_defer: bool = False, known: KnownDocuments = KNOWN_DOCUMENTS
) -> Engine:
    """Only the export is sorted: Strawberry's sorting forgets which enum a value belongs to."""
    engine = Engine(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*refusal_types(), *EVENT_TYPES.values()],
        config=StrawberryConfig(
            sort_schema=is_sorted,
            scalar_map=SCALARS,
            enable_experimental_incremental_execution=has_defer,
        ),
        extensions=[  # the order matters
            lambda: MaxTokensLimiter(TOKENS_MAX),
            lambda: AddValidationRules([OperationLimits]),
            lambda: DocumentCache(known),
            Introspection,
            Admission,
            AtOnce,
            Deadline,
            lambda: Deprecations(DEPRECATED_USES),
        ],
    )
    engine.known = known
    check_mapping(engine._schema)  # noqa: SLF001  # GRAPHQL.md appendix B
    return engine


@cache
def schema_with_defer() -> Engine:
    """For clients that take answers in parts. What they ask is known apart from all the rest."""
    return build(is_sorted=False, has_defer=True, known=KnownDocuments())


@cache
def sdl() -> str:
    return build(is_sorted=True).as_str().rstrip() + "\n"


schema: Final = build(is_sorted=False)
