"""`/docs`: made from the schema, complete, without anything from outside."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_introspection_query,
    is_specified_scalar_type,
    parse,
    validate,
)

from gateway.demo.people import LOGINS
from gateway.providers import Providers
from gateway.reference.contents import Contents
from gateway.reference.markdown import Guide, inline, rendered, served
from gateway.reference.website import DOCS, Reference, reference
from schema import sdl
from tests.docs_support.markdown import blocks
from tests.make.ask import Ask
from tests.make.world import World


@cache
def printed() -> GraphQLSchema:
    return build_schema(sdl())


@cache
def pages() -> dict[str, str]:
    """Made when the first test asks: every test worker imports this."""
    return {path: make() for path, make in reference().pages.items()}


def test_every_root_field_and_type_has_its_page() -> None:
    """What the schema gains stands in the reference the same moment."""
    roots = {
        "queries": printed().query_type,
        "mutations": printed().mutation_type,
        "subscriptions": printed().subscription_type,
    }
    wanted = {
        f"/docs/{folder}/{name}" for folder, root in roots.items() if root for name in root.fields
    }
    wanted |= {
        f"/docs/types/{name}"
        for name, kind in printed().type_map.items()
        if not name.startswith("__") and kind not in roots.values()
    }

    assert wanted <= pages().keys()


def test_every_link_inside_leads_somewhere() -> None:
    """Also to the very place on the page."""
    ids = {path: set(re.findall(r'\bid="([^"]+)"', html)) for path, html in pages().items()}
    broken = []
    for path, html in pages().items():
        for address in re.findall(r'href="([^"]+)"', html):
            target, _, fragment = address.partition("#")
            target = target or path
            if target.startswith("/docs") and not target.startswith("/docs-assets/"):
                is_there = target in pages() and (not fragment or fragment in ids[target])
                broken += [] if is_there else [f"{path}: {address}"]

    assert broken == []


def test_a_mutations_page_tells_all_that_its_caller_needs() -> None:
    """Input, answer, price, scope and an example to copy."""
    page = pages()["/docs/mutations/payoutRequest"]

    for words in (
        'href="/docs/types/PayoutRequestInput"',
        'id="idempotencyKey"',
        "Fields of PayoutRequestPayload",
        "costs ",
        "needs ",
        "mutation PayoutRequest($input: PayoutRequestInput!) {",
    ):
        assert words in page
    assert '<span class="comment"># Asks for a payout' in page


def test_a_types_page_tells_who_uses_it() -> None:
    """A reader who meets `Money` wants to know where."""
    page = pages()["/docs/types/UserError"]

    assert "May be" in page and 'href="/docs/types/BalanceTooLowError"' in page
    assert 'href="/docs/mutations/payoutRequest">' not in page
    assert (
        '<a href="/docs/types/PayoutRequestPayload"><code>PayoutRequestPayload.errors</code>'
        in page
    )
    assert "exactly one of its fields" in pages()["/docs/types/DestinationInput"]


def test_search_finds_by_fields_too() -> None:
    """Without JavaScript the server does it."""
    pages = reference()
    names = {entry.name for entry in pages.contents.found("Idempotencykey PAYOUT")}

    assert "PayoutRequestInput" in names and "Campaign" not in names
    assert 'href="/docs/errors">' in pages.home("IDEMPOTENCY_MISMATCH another input")
    assert "Nothing has these words" in pages.home("<script>alert(1)</script>")
    assert "<script>alert" not in pages.home("<script>alert(1)</script>")


def test_descriptions_write_no_markup() -> None:
    """Whoever describes a field must not be able to run a script in a reader's browser."""
    assert inline("a `b` <img src=x onerror=alert(1)> & *c*") == (
        "a <code>b</code> &lt;img src=x onerror=alert(1)&gt; &amp; <em>c</em>"
    )
    guide = Guide(
        path="/docs/x", title="x", source="x.md", text="# A\n<b>b</b> [c](javascript:d)\n"
    )
    assert "<b>" not in rendered(guide, {}) and 'href="javascript' not in rendered(guide, {})


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("lists.md#cursors", "/docs/frontend/lists#cursors"),
        ("../errors.md", "/docs/errors"),
        ("../house.md", None),
        ("../../README.md", None),
        ("../../../etc/passwd", None),
        ("https://example.org/", "https://example.org/"),
        ("#here", "#here"),
    ],
)
def test_links_of_guides_lead_to_what_is_served(address: str, path: str | None) -> None:
    """The same pages are read in the checkout and in the browser."""
    paths = {"frontend/lists.md": "/docs/frontend/lists", "errors.md": "/docs/errors"}

    assert served(address, Path("frontend"), paths) == path  # type: ignore[arg-type]  # any pure path


def test_all_guides_for_frontends_are_served() -> None:
    """A page that nobody links is a page that nobody reads."""
    wanted = {f"/docs/frontend/{path.stem}" for path in (DOCS / "frontend").glob("*.md")}
    wanted = {path.removesuffix("/README") for path in wanted} | {"/docs/errors", "/docs/scalars"}

    assert wanted <= pages().keys()
    assert all(f'href="{path}"' in pages()["/docs"] for path in wanted)
    assert "<table>" in pages()["/docs/errors"] and 'id="user-errors"' in pages()["/docs/errors"]


def test_without_a_checkout_the_schema_is_still_there(tmp_path: Path) -> None:
    """An installed package has no `docs` folder."""
    pages = Reference.of(tmp_path).pages

    assert "/docs/types/Campaign" in pages and "/docs/errors" not in pages
    assert "Guides" not in pages["/docs"]()


def test_what_will_go_says_so() -> None:
    """And when; a reader must not begin to use it. Descriptions stay text."""
    small = build_schema(
        """
        "The <b>root</b>." type Query {
          "Old." old(first: Int = 20): String @deprecated(reason: "Use `new`. Removal 2027-01-31")
          new(where: Where): String
        }
        input Where { last: Int = 5 @deprecated(reason: "Removal 2027-02-28") }
        enum Kind { OLD @deprecated(reason: "Removal 2027-03-31") }
        """
    )
    pages = Reference(Contents(small), {}).pages
    old = pages["/docs/queries/old"]()

    assert "Use <code>new</code>. Removal 2027-01-31" in old and "= 20" in old
    assert '<span class="mark warn">deprecated</span>' in pages["/docs/queries"]()
    assert "Removal 2027-02-28" in pages["/docs/types/Where"]()
    assert "Removal 2027-03-31" in pages["/docs/types/Kind"]()
    assert '<a href="/docs/queries/new"><code>new</code></a>' in pages["/docs/types/Where"]()


@pytest.mark.asyncio
async def test_pages_come_with_strict_headers(ask: Ask) -> None:
    """No script but ours, nothing from elsewhere, in nobody's frame."""
    page = await ask.client.get("/docs/mutations/payoutRequest")
    searched = await ask.client.get("/docs", params={"q": "payout"})
    policy = page.headers["content-security-policy"]

    assert page.status_code == searched.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for html in (page.text, searched.text):
        assert not re.search(r'(src|href)="(https?:)?//', html) and " style=" not in html
        for address in re.findall(r'(?:src|href)="(/docs-assets/[^"]+)"', html):
            assert (await ask.client.get(address)).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/docs/nope", "/docs/types/__Type", "/docs/..%2f..%2fMakefile"])
async def test_other_pages_are_not_found(ask: Ask, path: str) -> None:
    """What is served is a closed list."""
    assert (await ask.client.get(path)).status_code == 404


@pytest.mark.asyncio
async def test_introspection_can_be_turned_off(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """Everything that shows the schema goes, and nothing else; `__typename` is no introspection."""
    ask = Ask.of(world, tmp_path, providers, PIECERATE_INTROSPECTION="off")

    for path in ("/docs", "/docs/types/Campaign", "/schema.graphql", "/docs-assets/reference.css"):
        assert (await ask.client.get(path)).status_code == 404
    for document in (
        get_introspection_query(),
        '{ __type(name: "Campaign") { name } }',
        "{ ...a } fragment a on Query { s: __schema { description } }",
    ):
        answer = await ask(document)
        assert answer.code == "INTROSPECTION_OFF" and "data" not in answer.body
    assert (await ask('{ __typename node(id: "__schema") { id } }')).data == {
        "__typename": "Query",
        "node": None,
    }


@pytest.mark.asyncio
async def test_production_shows_its_schema(
    world: World, tmp_path: Path, providers: Providers
) -> None:
    """Limits protect us; secrecy does not."""
    ask = Ask.of(world, tmp_path, providers, production=True)

    assert (await ask.client.get("/docs")).status_code == 200


def test_the_first_page_for_frontends_shows_what_works() -> None:
    """Its documents are the first ones that a newcomer sends."""
    text = (DOCS / "frontend" / "README.md").read_text()
    (script,), (config,) = blocks(text, "js"), blocks(text, "ts")
    documents = blocks(text, "graphql")
    documents += re.findall(r"`(mutation .*?)`", script, re.DOTALL)
    documents += re.findall(r'ask\("(\{.*?\})"', script)

    assert len(documents) == 3
    for document in documents:
        assert validate(printed(), parse(document)) == []
    for login in LOGINS:
        assert login.email in text and login.password in text
    scalars = {
        name
        for name, kind in printed().type_map.items()
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
    }
    assert all(f'{name}: "string"' in config for name in scalars)
