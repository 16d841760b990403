"""Documents as PDF/A-3b and PDF/UA-1 by typst, an invoice's XML inside; the same bytes each time.

Structurally checked, not certified by veraPDF.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Lock
from typing import Final

import typst

from domain.invoices.rules import Document, FileKind, Rendered
from gateway.finance.cii import write_cii
from gateway.finance.document_view import document_view
from gateway.finance.facturx import with_metadata
from gateway.finance.glyphs import FONT_FOLDER, covered, showable
from gateway.finance.interchange import MemberRef, interchange
from gateway.finance.ubl import write_ubl

TEMPLATE: Final = Path(__file__).parent / "templates" / "document.typ"
STANDARDS: Final[list[typst.PDFStandard]] = ["a-3b", "ua-1"]


class TypstRenderer:
    """Keep one per process: the reused compiler is what makes it fast.

    Member text reaches the template as JSON only, so it is never markup.
    """

    def __init__(self, *, member_ref: MemberRef, more_fonts: Path | None = None) -> None:
        self._member_ref = member_ref
        self._lock = Lock()  # the compiler keeps state between its calls
        self._coverage = covered(more_fonts)
        folders: Iterable[Path] = (FONT_FOLDER, more_fonts) if more_fonts else (FONT_FOLDER,)
        self._compiler = typst.Compiler(
            root=str(TEMPLATE.parent),
            font_paths=typst.Fonts(
                include_system_fonts=False,  # or two machines give two files
                include_embedded_fonts=False,
                font_paths=[str(folder) for folder in folders],
            ),
            ignore_system_fonts=True,
        )

    async def render(self, document: Document, logo: bytes | None = None) -> Rendered:
        return await asyncio.to_thread(self.render_now, document, logo)

    def render_now(self, document: Document, logo: bytes | None = None) -> Rendered:
        """The PDF; of an invoice also both XML files."""
        if not document.has_xml:
            return {FileKind.PDF: self._pdf(document, logo, xml=None)}
        record = interchange(document, member_ref=self._member_ref)
        xml = write_cii(record)
        pdf = with_metadata(self._pdf(document, logo, xml=xml))
        return {FileKind.CII: xml, FileKind.UBL: write_ubl(record), FileKind.PDF: pdf}

    def _pdf(self, document: Document, logo: bytes | None, *, xml: bytes | None) -> bytes:
        view = document_view(
            document,
            show=lambda text: showable(text, self._coverage),
            member_ref=self._member_ref,
            logo=logo,
        )
        inputs = {"data": json.dumps(view), "xml": "" if xml is None else xml.decode()}
        with self._lock:
            pdf = self._compiler.compile(
                input=str(TEMPLATE),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=datetime.combine(document.issued_on, time(), tzinfo=UTC),
            )
        assert isinstance(pdf, bytes)
        return pdf
