"""The committed SDL: what the code exports, all of it described, all of it by the conventions."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)

import domain
import gateway.passwords  # noqa: F401  # defines a refusal
from domain.errors import Refused
from domain.money import EXPONENTS
from schema import sdl
from schema.errors import ErrorCode, UserError
from schema.export import FILE
from schema.money import CurrencyCode

MONEY_MUTATIONS = {  # whose operation or job calls the ledger, or issues a numbered paper
    "bonusSend",
    "referralClawBack",
    "campaignBlock",
    "campaignExtend",
    "campaignFeature",
    "campaignFund",
    "campaignImport",
    "campaignRestart",
    "campaignStop",
    "assignmentSubmit",
    "assignmentWithdraw",
    "assignmentApprove",
    "assignmentReviewAll",
    "assignmentReverse",
    "depositDecide",
    "depositStart",
    "depositRefund",
    "payoutRequest",
    "earningsSpend",
    "payoutCancel",
    "payoutResolutionApprove",
    "invoiceIssue",
    "accountStatementIssue",
    "disputeAccept",
    "disputeConcede",
    "disputeOffer",
    "disputeRule",
    "suspensionRule",
    "documentCorrect",
    "documentCredit",
    "documentRunStart",
    "selfBillObject",
    "depositAllocate",
    "providerFileConfirm",
}
VALUES = {  # types that are no entities: values, pages, outcomes, what staff see as a whole
    "AssignmentVerdictOutcome",
    "Balance",
    "CampaignCase",
    "ReferralCase",
    "MatchReason",
    "CampaignCost",
    "ClaimAllowance",
    "CampaignDecision",
    "AgreedAnswer",
    "CampaignImportHistory",
    "CampaignImportWarning",
    "CampaignInvitation",
    "CampaignInviteOutcome",
    "CampaignReport",
    "CampaignTarget",
    "Category",
    "CategoryFloor",
    "CategoryName",
    "CheckAnswer",
    "CheckQuestion",
    "Clause",
    "ClosingObstacle",
    "ConsensusPlan",
    "Consent",
    "DataExport",
    "DataUse",
    "DepositRefund",
    "DestinationProblem",
    "Disclosure",
    "DisputeCase",
    "DisputeMessage",
    "DisputeStep",
    "PanelCase",
    "PanelStatement",
    "TicketNote",
    "TicketReply",
    "DocumentDraft",
    "DocumentRun",
    "Erasure",
    "ErasureCase",
    "HeldData",
    "HeldStore",
    "RetentionReport",
    "RetentionStore",
    "FileItem",
    "EffectiveWage",
    "Finance",
    "FrozenDeposit",
    "HostDecision",
    "SavedSearch",
    "Instructions",
    "InvitationCount",
    "IssuerChange",
    "LegalEntity",
    "Link",
    "LinkContent",
    "LinkItem",
    "Money",
    "NotificationChoices",
    "NumberSeries",
    "PageInfo",
    "PayoutDestinationMethod",
    "PayoutDoubt",
    "PayoutDoubts",
    "PayoutInstruction",
    "PayoutMethodCurrency",
    "PayoutMethods",
    "PayoutOversight",
    "PayoutProvider",
    "PayoutProviderForm",
    "PayoutQuote",
    "PayoutRunDay",
    "PayoutResolution",
    "PayoutRoute",
    "PayoutRun",
    "PayoutRunShare",
    "PlaceCounts",
    "Profile",
    "ProfileChange",
    "ProfileChangeCase",
    "ProfileSupplement",
    "Proof",
    "ProviderEvent",
    "ProviderFile",
    "ProviderFileArrivals",
    "ProviderFileOutcome",
    "RateLimit",
    "RatingSummary",
    "ReferenceRule",
    "RevealedPerson",
    "StaffLook",
    "StaffLookCase",
    "ReferralLink",
    "RefusedWebhooks",
    "RejectionCase",
    "RiskCase",
    "RiskSignal",
    "RouteCandidate",
    "RouteDecision",
    "RoutingCondition",
    "RoutingPreview",
    "RoutingRule",
    "RoutingRuleset",
    "RoutingVersion",
    "ScoreItem",
    "SelfBilling",
    "SkillGrant",
    "StatementDrift",
    "StatementLine",
    "StatementProgress",
    "SuspensionCase",
    "SurveyAnswer",
    "SurveyItem",
    "SurveyQuestion",
    "TaskConsensus",
    "TaskVariable",
    "TaxFormNeed",
    "TaxNotice",
    "TaxNumber",
    "TaxNumberTwin",
    "TaxProfile",
    "TextContent",
    "TextItem",
    "TrialBalance",
    "TrialBalanceLine",
    "UnallocatedDeposit",
    "UsedRule",
    "VatDecisionPreview",
    "VatTerms",
    "VerificationCase",
    "VerificationFile",
    "VerificationHit",
    "VerificationRuleset",
    "VerificationStep",
    "ViewerVerificationState",
    "WageEstimate",
    "WorkPreferences",
    "WorkerStanding",
    "Zone",
}
ROOTS = {"Query", "Mutation", "Subscription"}
Kind = TypeVar("Kind")


@pytest.fixture(scope="module")
def built() -> GraphQLSchema:
    return build_schema(FILE.read_text())


def objects(built: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            yield kind


def test_the_committed_file_is_what_the_code_exports() -> None:
    """Frontends read the file; a difference would be a lie to them."""
    assert FILE.read_text() == sdl(), "run `python -m schema.export`"


def test_everything_is_described(built: GraphQLSchema) -> None:
    """Types, fields, arguments, inputs and enum values: a frontend team has nothing else."""
    lacking = []
    for name, kind in built.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            lacking.append(name)
        if isinstance(kind, GraphQLEnumType):
            lacking += [
                f"{name}.{value}" for value, each in kind.values.items() if not each.description
            ]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, each in kind.fields.items():
                if not each.description:
                    lacking.append(f"{name}.{field}")
                lacking += [
                    f"{name}.{field}({argument})"
                    for argument, its in getattr(each, "args", {}).items()
                    if not its.description
                ]
    assert lacking == []


def test_mutations_follow_the_convention(built: GraphQLSchema) -> None:
    """One `input: XInput!`, one nullable `XPayload` with `errors: [UserError!]!`."""
    assert built.mutation_type is not None
    for name, field in built.mutation_type.fields.items():
        kind = name[0].upper() + name[1:]
        assert {argument: str(its.type) for argument, its in field.args.items()} == {
            "input": f"{kind}Input!"
        }
        assert str(field.type) == f"{kind}Payload"
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        for each, its in payload.fields.items():
            if each == "errors":
                assert str(its.type) == "[UserError!]!"
            elif each == "replayed":
                assert str(its.type) == "Boolean!"
            else:
                assert not isinstance(its.type, GraphQLNonNull), f"{kind}Payload.{each}"


def test_mutations_that_move_money_take_a_key(built: GraphQLSchema) -> None:
    """A lost answer must be askable again; the schema says so, not the run time."""
    assert built.mutation_type is not None
    found = set()
    for name in built.mutation_type.fields:
        kind = name[0].upper() + name[1:]
        taken = built.type_map[f"{kind}Input"]
        payload = built.type_map[f"{kind}Payload"]
        assert isinstance(taken, GraphQLInputObjectType)
        assert isinstance(payload, GraphQLObjectType)
        key = taken.fields.get("idempotencyKey")
        assert (key is None) == ("replayed" not in payload.fields)
        if key is not None:
            assert str(key.type) == "ID!"
            found.add(name)
    assert found == MONEY_MUTATIONS


def test_root_fields_are_nullable(built: GraphQLSchema) -> None:
    """One unexpected error must not take the whole answer away."""
    for root in (built.query_type, built.mutation_type):
        assert root is not None
        for name, field in root.fields.items():
            assert not isinstance(field.type, GraphQLNonNull), name


def test_lists_of_entities_are_connections(built: GraphQLSchema) -> None:
    """`edges`, `nodes`, `pageInfo` and the lazy counts, everywhere the same."""
    for kind in objects(built):
        if kind.name.endswith("Connection"):
            assert set(kind.fields) == {
                "edges",
                "nodes",
                "pageInfo",
                "totalCount",
                "totalCountIsEstimate",
            }


def test_every_entity_is_a_node(built: GraphQLSchema) -> None:
    """Whatever is no value, page or outcome can be fetched again by its id."""
    suffixes = ("Connection", "Edge", "Payload", "Error")
    for kind in objects(built):
        if kind.name in VALUES | ROOTS or kind.name.endswith(suffixes):
            continue
        assert "Node" in {each.name for each in kind.interfaces}, kind.name


def test_every_refusal_has_a_public_code(built: GraphQLSchema) -> None:
    """A code outside of the enum would turn a plain no into an internal error."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        if not module.name.endswith("piccolo_app"):
            importlib.import_module(module.name)
    codes = {refusal.code for refusal in subclasses(Refused) if refusal.__module__[:5] != "tests"}
    assert codes <= set(ErrorCode.__members__)
    shown = built.type_map["ErrorCode"]
    assert isinstance(shown, GraphQLEnumType)
    assert set(shown.values) == set(ErrorCode.__members__)


def test_every_kind_of_refusal_is_in_the_schema(built: GraphQLSchema) -> None:
    """No field names them, so forgetting one would show only at run time."""
    interface = built.type_map["UserError"]
    assert isinstance(interface, GraphQLInterfaceType)
    shown = {kind.name for kind in built.get_possible_types(interface)}
    assert shown == {kind.__name__ for kind in subclasses(UserError)}


def test_currencies_are_those_we_hold_accounts_in() -> None:
    """Two lists of currencies would part one day."""
    assert set(CurrencyCode.__members__) == set(EXPONENTS)


def test_unions_and_one_of_inputs_come_in_pairs(built: GraphQLSchema) -> None:
    """What is read as a union is written as a one-of input."""
    unions = {name for name, kind in built.type_map.items() if isinstance(kind, GraphQLUnionType)}
    assert unions == {"SubmissionItem", "TaskContent"}
    one_of = {
        name
        for name, kind in built.type_map.items()
        if isinstance(kind, GraphQLInputObjectType) and kind.is_one_of
    }
    assert one_of == {
        "DestinationInput",
        "MessageTopicInput",
        "RiskMeasureInput",
        "StepUpActionInput",
        "StepUpProofInput",
        "SubmissionItemContentInput",
        "TaskContentInput",
        "TaxFormInput",
    }


def test_there_is_an_example_for_each_root_field(built: GraphQLSchema) -> None:
    """Examples are what people copy first."""
    fields = {
        name
        for root in (built.query_type, built.mutation_type, built.subscription_type)
        if root is not None
        for name in root.fields
    }
    examples = {path.stem for path in Path("docs/operations").glob("*.graphql")}
    # One operation cannot pay for all of `finance` or `viewer`: parts have examples of their own.
    parts = ("finance", "viewer")
    assert {name for name in examples if not name.startswith(parts) or name in fields} == fields


def subclasses(kind: type[Kind]) -> Iterator[type[Kind]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)
