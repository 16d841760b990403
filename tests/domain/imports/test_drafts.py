"""What documents of other marketplaces become, and what is told of the rest (DOMAIN 2.5)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaigns.rules import (
    Category,
    Comparator,
    ContentRating,
    Guard,
    QuestionKind,
    Target,
    TargetField,
    checks_problem,
    terms_problem,
)
from domain.errors import InvalidInput
from domain.imports.rules import Change, Draft, Source, draft_of

FORM: Final = """<?xml version="1.0" encoding="UTF-8"?>
<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/schemas/QuestionForm.xsd">
  <Overview><Title>Pictures</Title><Text>Open ${image_url} first.</Text></Overview>
  <Question><QuestionIdentifier>what</QuestionIdentifier>
    <QuestionContent><Text>What is it?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer><Selections>
      <Selection><SelectionIdentifier>c</SelectionIdentifier><Text>A cat</Text></Selection>
      <Selection><SelectionIdentifier>d</SelectionIdentifier><Text>A dog</Text></Selection>
    </Selections></SelectionAnswer></AnswerSpecification></Question>
  <Question><QuestionIdentifier>why</QuestionIdentifier><IsRequired>false</IsRequired>
    <QuestionContent><Text>Why?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>
  <Question><QuestionIdentifier>file</QuestionIdentifier>
    <QuestionContent><Text>Send it.</Text></QuestionContent>
    <AnswerSpecification><FileUploadAnswer/></AnswerSpecification></Question>
</QuestionForm>"""
HIT: Final[dict[str, Any]] = {
    "Title": "What is on the picture?",
    "Description": "Say what you see.",
    "Question": FORM,
    "HITLayoutParameters": [{"Name": "image_url", "Value": "https://pictures.example/1"}],
    "Reward": "0.05",
    "MaxAssignments": 3,
    "AssignmentDurationInSeconds": 90_000,
    "AutoApprovalDelayInSeconds": 2_592_000,
    "LifetimeInSeconds": 86_400,
    "Keywords": "image, label",
    "RequesterAnnotation": "batch 7",
    "UniqueRequestToken": "token-1",
    "AssignmentReviewPolicy": {"PolicyName": "x"},
    "QualificationRequirements": [
        {
            "QualificationTypeId": "00000000000000000071",
            "Comparator": "In",
            "LocaleValues": [{"Country": "DE"}, {"Country": "US", "Subdivision": "CA"}],
            "ActionsGuarded": "PreviewAndAccept",
        },
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [95],
        },
        {"QualificationTypeId": "2MASTERS", "Comparator": "Exists"},
    ],
}
POST: Final[dict[str, Any]] = {
    "title": "Sign up",
    "zone_id": "europe1",
    "excluded_countries": ["de", "at"],
    "category_id": "0601",
    "instructions": ["Go to ${Site Name}", "Sign up"],
    "proofs": [{"description": "Your profile", "type": "screenshot"}],
    "challenges": [{"question": "Which colour?", "answers": ["blue"]}],
    "num_tasks": 5,
    "task_value": 0.1,
    "hold_time": 3,
    "ttr": 30,
    "workers_level": "advanced",
    "max_per_worker": 2,
    "country_distribution": 10,
    "speed": 1000,
    "variables": {"Site Name": ["one.example", "two.example"]},
}


def changes(draft: Draft) -> dict[str, Change]:
    return {each.field: each.change for each in draft.warnings}


def test_a_hit_becomes_a_draft() -> None:
    """Each field of the map arrives; what is cut, left out or nearly the same is told."""
    draft = draft_of(json.dumps(HIT), source=Source.MTURK, category=None)
    terms, (task,) = draft.terms, draft.tasks

    assert terms_problem(terms) is None and checks_problem(draft.checks) is None
    assert (terms.title, terms.category) == ("What is on the picture?", Category.LABELING)
    assert (terms.reward.micros, terms.reward.currency) == (50_000, "USD")
    assert (terms.claim_minutes, terms.review_days) == (90, 7)
    assert (terms.audience.guard, terms.audience.content_rating) == (
        Guard.PREVIEW,
        ContentRating.GENERAL,
    )
    assert terms.audience.targets == (
        Target(field=TargetField.COUNTRY, comparator=Comparator.IN, codes=("DE", "US")),
        Target(field=TargetField.SUCCESS_RATE, comparator=Comparator.GE, numbers=(95,)),
    )
    assert draft.instructions == "Say what you see.\n\nPictures\nOpen {{image_url}} first."
    assert [(each.id, each.kind, each.is_required) for each in draft.checks.survey] == [
        ("what", QuestionKind.SINGLE, True),
        ("why", QuestionKind.TEXT, False),
    ]
    assert draft.checks.survey[0].options == ("A cat", "A dog")
    assert (task.place_count, task.external_reference) == (3, "batch 7")
    assert task.variables == {"image_url": "https://pictures.example/1"}
    assert (draft.token, draft.lifetime_seconds) == ("token-1", 86_400)
    assert changes(draft) == {
        "AssignmentDurationInSeconds": Change.CAPPED,
        "AutoApprovalDelayInSeconds": Change.CAPPED,
        "AssignmentReviewPolicy": Change.DROPPED,
        "Keywords": Change.CHANGED,
        "LifetimeInSeconds": Change.CHANGED,
        "Question": Change.DROPPED,
        "QualificationRequirements.0.LocaleValues.1.Subdivision": Change.DROPPED,
        "QualificationRequirements.2.QualificationTypeId": Change.DROPPED,
    }


def test_a_job_post_becomes_a_draft() -> None:
    """As above; its variables make one task each, and its places are shared among them."""
    draft = draft_of(json.dumps(POST), source=Source.SPROUTGIGS, category=Category.SOCIAL)
    terms = draft.terms

    assert terms_problem(terms) is None and checks_problem(draft.checks) is None
    assert (terms.category, terms.reward.micros) == (Category.SOCIAL, 100_000)
    assert (terms.claim_minutes, terms.review_days, terms.per_worker_max) == (5, 7, 2)
    assert (terms.schedule.country_share_max, terms.schedule.hour_claim_max) == (25, 1000)
    assert terms.audience.targets == (
        Target(field=TargetField.COUNTRY, comparator=Comparator.NOT_IN, codes=("DE", "AT")),
        Target(field=TargetField.LEVEL, comparator=Comparator.GE, numbers=(4,)),
    )
    assert draft.instructions == "1. Go to {{site_name}}\n2. Sign up"
    assert [each.text for each in draft.checks.proofs] == ["Your profile (screenshot)"]
    assert draft.checks.questions[0].answers == ("blue",)
    assert [(each.place_count, each.variables) for each in draft.tasks] == [
        (3, {"site_name": "one.example"}),
        (3, {"site_name": "two.example"}),
    ]
    assert changes(draft) == {
        "hold_time": Change.CAPPED,
        "ttr": Change.CAPPED,
        "country_distribution": Change.CAPPED,
        "zone_id": Change.DROPPED,
        "speed": Change.CHANGED,
        "workers_level": Change.CHANGED,
        "num_tasks": Change.CHANGED,
    }


def done(seconds: int, said: str, *, state: str = "Approved", who: str = "A1") -> dict[str, Any]:
    answer = (
        "<QuestionFormAnswers><Answer><QuestionIdentifier>what</QuestionIdentifier>"
        f"<SelectionIdentifier>{said}</SelectionIdentifier></Answer><Answer><QuestionIdentifier>"
        f"why</QuestionIdentifier><FreeText>I am {who}</FreeText></Answer></QuestionFormAnswers>"
    )
    return {
        "AcceptTime": "2026-01-31T09:30:00+00:00",
        "SubmitTime": f"2026-01-31T09:{30 + seconds // 60}:{seconds % 60:02}Z",
        "Deadline": 1_769_860_800.0,
        "AssignmentStatus": state,
        "Answer": answer,
        "WorkerId": who,
        "RequesterFeedback": "Thank you",
    }


def test_what_was_done_elsewhere_becomes_an_estimate() -> None:
    """The median time, counts, and what more than one approved person said; nobody who did it."""
    history = [
        done(60, "c", who="A1"),
        done(90, "c", who="A2"),
        done(600, "d", state="Rejected", who="A3"),
        done(120, "d", who="A4"),
        {"AcceptTime": 1_769_850_000, "AssignmentStatus": "Submitted", "HITId": "H"},
    ]
    text = json.dumps({**HIT, "Assignments": history})
    draft = draft_of(text, source=Source.MTURK, category=Category.LABELING)

    assert draft.terms.estimated_seconds == 90
    assert terms_problem(draft.terms) is None
    found = draft.history
    assert found is not None
    assert (found.work_count, found.approved_count, found.rejected_count) == (4, 3, 1)
    assert [(each.question, each.answer, each.count) for each in found.answers] == [
        ("what", "c", 2)
    ]
    assert changes(draft)["Assignments"] is Change.CHANGED
    assert not any(who in repr(draft) for who in ("A1", "A2", "A3", "A4", "Thank you"))


ELSEWHERE: Final = (
    "<ExternalQuestion><ExternalURL>https://a.example/?x=1&amp;y=2</ExternalURL>"
    "<FrameHeight>9</FrameHeight></ExternalQuestion>"
)
PAGE: Final = (
    "<HTMLQuestion><HTMLContent><![CDATA[<!DOCTYPE html><head><title>T</title></head>"
    "<script>steal()</script><p>Look <b>twice</b>.</p><p>Then say.</p>]]></HTMLContent>"
    "</HTMLQuestion>"
)


@pytest.mark.parametrize(
    ("question", "text", "url"),
    [(ELSEWHERE, "", "https://a.example/?x=1&y=2"), (PAGE, "Look twice.\nThen say.", None)],
)
def test_the_other_forms_of_a_question(question: str, text: str, url: str | None) -> None:
    """A page elsewhere is where the task leads; a page of theirs is what can be read of it."""
    found = draft_of(
        json.dumps({**HIT, "Description": None, "Question": question}),
        source=Source.MTURK,
        category=Category.OTHER,
    )
    assert found.instructions == (text or found.terms.title)
    assert found.tasks[0].url == url


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("", ()),
        ("[]", ()),
        ("[" * 100_000, ()),
        ("x" * 200_001, ()),
        ({**HIT, "Title": 5}, ("Title",)),
        ({**HIT, "Title": " "}, ("Title",)),
        ({**HIT, "Reward": "1e999999999"}, ("Reward",)),
        ({**HIT, "Reward": "NaN"}, ("Reward",)),
        ({**HIT, "Reward": "0.0000001"}, ("Reward",)),
        ({**HIT, "Reward": True}, ("Reward",)),
        ({**HIT, "MaxAssignments": 10**30}, ("MaxAssignments",)),
        ({**HIT, "MaxAssignments": [3]}, ("MaxAssignments",)),
        ({**HIT, "HITLayoutParameters": [1]}, ("HITLayoutParameters", "0")),
        ({**HIT, "HITLayoutParameters": [{"Name": "a"}]}, ("HITLayoutParameters", "0", "Value")),
        ({**HIT, "Question": "<a"}, ("Question",)),
        ({**HIT, "Assignments": [{}] * 1_001}, ("Assignments",)),
        ({**HIT, "Assignments": [{"Answer": "<a"}]}, ("Assignments", "0", "Answer")),
        *(
            ({**HIT, "Assignments": [{}, work]}, ("Assignments", "1", name))
            for work, name in (
                ({"SubmitTime": "2026-01-31T09:30:00Z"}, "SubmitTime"),
                ({"AcceptTime": 2, "SubmitTime": 1}, "SubmitTime"),
                ({"AcceptTime": 1, "SubmitTime": 3, "Deadline": 2}, "SubmitTime"),
                ({"AcceptTime": "2026-01-31T09:30:00"}, "AcceptTime"),
                ({"AcceptTime": True}, "AcceptTime"),
                ({"AcceptTime": 1e300}, "AcceptTime"),
                ({"Deadline": []}, "Deadline"),
            )
        ),
        ({**HIT, "Question": "<Other/>"}, ("Question",)),
        ({**POST, "task_value": None}, ("task_value",)),
        ({**POST, "num_tasks": 0}, ("num_tasks",)),
        ({**POST, "instructions": ["a", 5]}, ("instructions", "1")),
        ({**POST, "variables": {"a": ["1"], "b": []}}, ("variables",)),
        ({**POST, "variables": {"a": "1"}}, ("variables", "a")),
        ({**POST, "variables": {"A": ["1"], "a": ["2"]}}, ("variables",)),
    ],
)
def test_what_cannot_be_read_is_named(document: Any, path: tuple[str, ...]) -> None:
    """The path leads to what is wrong, whatever was sent."""
    source = Source.SPROUTGIGS if isinstance(document, dict) and "title" in document else None
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(InvalidInput) as refused:
        draft_of(text, source=source or Source.MTURK, category=None)
    assert refused.value.path == ("document", *path)


def test_entities_of_a_document_are_not_followed() -> None:
    """Neither files of ours nor a text that grows without end come out of a question."""
    for entity in ('SYSTEM "file:///etc/passwd"', f'"{"root" * 50}"'):
        evil = (
            f"<!DOCTYPE q [<!ENTITY e {entity}>]><QuestionForm><Overview><Text>&e;&e;</Text>"
            "</Overview></QuestionForm>"
        )
        text = json.dumps({**HIT, "Question": evil})
        draft = draft_of(text, source=Source.MTURK, category=Category.OTHER)
        assert "root" not in draft.instructions


ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    base=st.sampled_from([HIT, POST]),
    changed=st.data(),
)
def test_any_document_is_a_draft_or_a_refusal(base: dict[str, Any], changed: st.DataObject) -> None:
    """Whatever stands in a field, nothing else happens; and nothing that was given is silent."""
    name = changed.draw(st.sampled_from(sorted(base)) | st.text(min_size=1, max_size=8))
    document = {**base, name: changed.draw(ANYTHING)}
    source = Source.MTURK if base is HIT else Source.SPROUTGIGS
    with suppress(InvalidInput):
        draft = draft_of(json.dumps(document), source=source, category=Category.OTHER)
        dropped = {each.field for each in draft.warnings if each.change is Change.DROPPED}
        assert name in base or dropped & {name, "?"}
        assert 5 <= draft.terms.claim_minutes <= 90
        assert 1 <= draft.terms.review_days <= 7
