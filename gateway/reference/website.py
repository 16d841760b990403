"""The pages of `/docs`: the schema, and what frontends need of our own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gateway.reference.contents import (
    ROOTS,
    Contents,
    Entry,
    cost_of,
    default_of,
    is_one_of,
    scopes_of,
    type_link,
    type_path,
)
from gateway.reference.markdown import Guide, inline, plain, rendered, title_of
from schema import schema

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parent.parent / "docs"  # in a checkout; without one there are no guides


@dataclass(frozen=True)
class Reference:
    """All pages by path; each is made when it is first asked for."""

    contents: Contents
    guides: Mapping[str, Guide]  # by path, in the order of the menu

    @classmethod
    def of(cls, docs: Path) -> Reference:
        examples = {
            path.stem: path.read_text() for path in sorted((docs / "operations").glob("*.graphql"))
        }
        guides = {guide.path: guide for guide in guides_in(docs)}
        return cls(Contents(schema._schema, examples), guides)  # noqa: SLF001  # GRAPHQL.md appendix B

    @cached_property
    def pages(self) -> Mapping[str, Callable[[], str]]:
        """A closed list: nothing that a request says reaches the file system."""
        pages: dict[str, Callable[[], str]] = {"/docs": cache(self.home)}
        for path, guide in self.guides.items():
            pages[path] = cache(lambda guide=guide: self._guide(guide))
        for folder, (group, _) in ROOTS.items():
            pages[f"/docs/{folder}"] = cache(lambda group=group: self._list(group, [group]))
        groups = [group for group, _ in self._grouped() if group not in root_groups()]
        pages["/docs/types"] = cache(lambda: self._list("Types", groups))
        for entry in self.contents.entries:
            pages[entry.path] = cache(lambda entry=entry: self._entry(entry))
        return pages

    def home(self, query: str = "") -> str:
        found = self.contents.found(query)
        pages = [guide for guide in self.guides.values() if query and guide.holds(query)]
        return self._render(
            "home.html", title="Reference", query=query, groups=grouped(found), pages=pages
        )

    def _list(self, title: str, groups: list[str]) -> str:
        found = [entry for entry in self.contents.entries if entry.group in groups]
        return self._render("list.html", title=title, groups=grouped(found))

    def _guide(self, guide: Guide) -> str:
        paths = {each.source: each.path for each in self.guides.values()}
        body = rendered(guide, paths)
        return self._render("guide.html", title=guide.title, body=body, path=guide.path)

    def _entry(self, entry: Entry) -> str:
        template = "field.html" if entry.group in root_groups() else "type.html"
        return self._render(
            template,
            title=entry.name,
            entry=entry,
            subject=entry.subject,
            example=self.contents.examples.get(entry.name),
            uses=self.contents.uses.get(entry.name, []),
            possible=self.contents.possible(entry.subject),
        )

    def _grouped(self) -> list[tuple[str, list[Entry]]]:
        return grouped(self.contents.entries)

    def _render(self, template: str, **facts: Any) -> str:
        return self._templates.get_template(template).render(**{"query": "", "path": "", **facts})

    def _specified(self, url: str) -> str:
        """Our own specification is the page beside this one."""
        ours = url.partition("/docs/scalars.md")
        return f"/docs/scalars{ours[2]}" if ours[1] and "/docs/scalars" in self.guides else url

    @cached_property
    def _templates(self) -> Environment:
        templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters.update(inline=inline, plain=plain, type_link=type_link)
        templates.globals.update(
            cost_of=cost_of,
            default_of=default_of,
            is_one_of=is_one_of,
            specified=self._specified,
            scopes_of=scopes_of,
            type_path=type_path,
            guides=list(self.guides.values()),
            folders={folder: group for folder, (group, _) in ROOTS.items()},
            counts={group: len(found) for group, found in self._grouped()},
        )
        return templates


def root_groups() -> set[str]:
    return {group for group, _ in ROOTS.values()}


def grouped(entries: Any) -> list[tuple[str, list[Entry]]]:
    return [(group, list(found)) for group, found in groupby(entries, lambda each: each.group)]


def guides_in(docs: Path) -> Iterator[Guide]:
    """What frontend teams need; pages for operators and partners stay in the checkout."""
    frontend = sorted(
        (docs / "frontend").glob("*.md"), key=lambda path: (path.stem != "README", path.stem)
    )
    others = [docs / name for name in ("errors.md", "scalars.md", "states.md")]
    for file in [*frontend, *(each for each in others if each.exists())]:
        source = file.relative_to(docs).as_posix()
        path = "/docs/" + source.removesuffix(".md").removesuffix("/README")
        text = file.read_text()
        yield Guide(path=path, title=title_of(text) or file.stem, source=source, text=text)


@cache
def reference() -> Reference:
    return Reference.of(DOCS)
