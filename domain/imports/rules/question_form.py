"""What the question of an MTurk HIT asks, in the three forms that it has. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from domain.campaigns.rules import QuestionKind, SurveyQuestion
from domain.campaigns.rules.survey import (
    ID_LENGTH_MAX,
    OPTION_COUNT_MAX,
    OPTION_LENGTH_MAX,
    QUESTION_COUNT_MAX,
    QUESTION_LENGTH_MAX,
)
from domain.imports.rules.draft import Change
from domain.imports.rules.reading import Reader

Element: TypeAlias = Any  # lxml ships no types
NAME: Final = "Question"
MANY: Final = frozenset({"checkbox", "multichooser"})
UNREAD: Final = frozenset({"script", "style", "head"})
BLOCKS: Final = frozenset({"p", "div", "li", "br", "tr", "h1", "h2", "h3", "h4", "label"})


@dataclass
class Asked:
    """A text for everybody, a survey, and the address where the work is."""

    text: str = ""
    url: str | None = None
    survey: list[SurveyQuestion] = field(default_factory=list)


def asked_by(document: Reader) -> Asked:
    """Refuses with `InvalidInput` what is no XML. Entities of its own are not followed."""
    if not document.text(NAME):
        return Asked()
    root = parsed(document, NAME)
    match _name(root):
        case "ExternalQuestion":
            document.warn(NAME, Change.CHANGED, "workers open the address by a link")
            return Asked(url=said(root, "ExternalURL"))
        case "HTMLQuestion":
            document.warn(NAME, Change.CHANGED, "the page became text; its form is not taken over")
            return Asked(text=_text_of(said(root, "HTMLContent")))
        case "QuestionForm":
            return _form(document, root)
    raise document.wrong("QuestionForm, HTMLQuestion or ExternalQuestion", NAME)


def parsed(document: Reader, name: str) -> Element:
    """The XML of a field; entities of its own are not followed. Refuses with `InvalidInput`."""
    from lxml import etree  # type: ignore[import-untyped]  # noqa: PLC0415  # no types; few need it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(document.text(name).encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise document.wrong("XML", name) from None


def _form(document: Reader, root: Element) -> Asked:
    parts = [each for each in root if _name(each) == "Overview"]
    asked = Asked(text="\n\n".join(filter(None, map(_content, parts))))
    for number, each in enumerate(_children(root, "Question"), start=1):
        question = _question(document, each, number)
        if question is None:
            document.warn(NAME, Change.DROPPED, f"question {number}: no text or choice")
        elif len(asked.survey) == QUESTION_COUNT_MAX:
            document.warn(NAME, Change.CAPPED, f"the first {QUESTION_COUNT_MAX} questions")
            break
        else:
            asked.survey.append(question)
    return asked


def _question(document: Reader, found: Element, number: int) -> SurveyQuestion | None:
    texts = [_content(each) for each in _children(found, "QuestionContent")]
    text = "\n".join(filter(None, texts)) or said(found, "DisplayName")
    options = _options(document, found)
    is_choice = next(found.iter("{*}SelectionAnswer"), None) is not None
    is_written = next(found.iter("{*}FreeTextAnswer"), None) is not None
    if not text or not (is_written or (is_choice and len(options) > 1)):
        return None
    kind = QuestionKind.TEXT
    if is_choice:
        is_many = said(found, "StyleSuggestion") in MANY or said(
            found, "MaxSelectionCount"
        ) not in {"", "1"}
        kind = QuestionKind.MULTIPLE if is_many else QuestionKind.SINGLE
    name = said(found, "QuestionIdentifier")
    return SurveyQuestion(
        id=name if 1 <= len(name) <= ID_LENGTH_MAX else str(number),
        text=document.cut(NAME, text, QUESTION_LENGTH_MAX),
        kind=kind,
        options=tuple(options) if is_choice else (),
        is_required=said(found, "IsRequired") != "false",
    )


def _options(document: Reader, found: Element) -> list[str]:
    """Each once, on one line."""
    texts = [" ".join(_content(each).split()) for each in found.iter("{*}Selection")]
    kept = [document.cut(NAME, each, OPTION_LENGTH_MAX) for each in texts if each]
    options = list(dict.fromkeys(kept))
    if len(options) > OPTION_COUNT_MAX:
        document.warn(NAME, Change.CAPPED, f"the first {OPTION_COUNT_MAX} choices")
    return options[:OPTION_COUNT_MAX]


def _content(found: Element) -> str:
    """What can be read of titles, texts and lists."""
    texts = []
    for each in found.iter("{*}Title", "{*}Text", "{*}ListItem", "{*}FormattedContent"):
        said = "".join(each.itertext())
        texts.append(_text_of(said) if _name(each) == "FormattedContent" else said.strip())
    return "\n".join(filter(None, texts))


def _text_of(page: str) -> str:
    """What a browser would show of it, line by line; nothing where it is no page."""
    from lxml import etree, html  # noqa: PLC0415  # as above

    try:
        root = html.document_fromstring(page)
    except (etree.ParserError, ValueError):
        return ""
    lines = ("".join(_read(root))).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _read(found: Element) -> Iterator[str]:
    if found.tag not in UNREAD and isinstance(found.tag, str):
        yield found.text or ""
        for each in found:
            yield from _read(each)
    yield "\n" if found.tag in BLOCKS else ""
    yield found.tail or ""


def said(found: Element, name: str) -> str:
    each = next(found.iter(f"{{*}}{name}"), None)
    return "" if each is None else "".join(each.itertext()).strip()


def _children(found: Element, name: str) -> list[Element]:
    return [each for each in found if _name(each) == name]


def _name(found: Element) -> str:
    """Without its namespace; none of a comment."""
    return found.tag.rpartition("}")[2] if isinstance(found.tag, str) else ""
