"""Documents as PDF/A-3b and PDF/UA-1 by typst; the same document gives the same bytes.

Structurally checked in tests, not certified by veraPDF.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from domain.invoices.rules import Document
from gateway.finance.document_view import document_view
from gateway.finance.glyphs import coverage_of, showable

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = FOLDER / "templates" / "document.typ"
FONT_FOLDER: Final = FOLDER / "fonts"
STANDARDS: Final[list[typst.PDFStandard]] = ["a-3b", "ua-1"]


class TypstRenderer:
    """Keep one per process: the reused compiler is what makes it fast.

    Member text reaches the template as JSON only, so it is never markup.
    """

    def __init__(self, *, language: str = "en") -> None:
        self._language = language
        self._lock = Lock()  # the compiler keeps state between its calls
        self._coverage = coverage_of(tuple(sorted(FONT_FOLDER.glob("*.ttf"))))
        self._compiler = typst.Compiler(
            root=str(TEMPLATE.parent),
            font_paths=typst.Fonts(
                include_system_fonts=False,  # or two machines give two files
                include_embedded_fonts=False,
                font_paths=[str(FONT_FOLDER)],
            ),
            ignore_system_fonts=True,
        )

    async def render(self, document: Document) -> bytes:
        return await asyncio.to_thread(self.render_now, document)

    def render_now(self, document: Document) -> bytes:
        view = document_view(
            document,
            language=self._language,
            show=lambda text: showable(text, self._coverage),
        )
        with self._lock:
            pdf = self._compiler.compile(
                input=str(TEMPLATE),
                format="pdf",
                sys_inputs={"data": json.dumps(view)},
                pdf_standards=STANDARDS,
                timestamp=datetime.combine(document.issued_on, time(), tzinfo=UTC),
            )
        assert isinstance(pdf, bytes)
        return pdf
