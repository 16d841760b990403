"""Holds finished XML against the vendored schemas and schematrons. Keep one `Validator` a process.

A schematron takes a second to compile, and about a tenth of one for an invoice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice
from pathlib import Path
from re import finditer, sub
from threading import Lock
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]  # it ships no types
from saxonche import PySaxonProcessor

SCHEMAS: Final = Path(__file__).parent / "schemas"
FINDINGS_MAX: Final = 20  # a wrong element is wrong in every line
LISTS: Final = "lists-of-codes"
_OPENS: Final = r"document\('([^']*)'\)"
_FIRST_TEMPLATE: Final = r"(<xsl:template )"
_SVRL: Final = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


class Syntax(StrEnum):
    CII = "cii"
    UBL = "ubl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    rule: str
    is_warning: bool
    message: str


def safe_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class XsdValidator:
    """Loads the schema once; loading costs more than a hundred checks."""

    def __init__(self, schema_file: Path) -> None:
        self._schema = etree.XMLSchema(etree.parse(str(schema_file)))
        self._lock = Lock()  # the schema keeps its last errors

    def check(self, xml: bytes) -> list[Finding]:
        with self._lock:
            if self._schema.validate(etree.fromstring(xml, safe_parser())):
                return []
            return [
                Finding(rule="XSD", is_warning=False, message=f"line {error.line}: {error.message}")
                for error in islice(self._schema.error_log, FINDINGS_MAX)
            ]


class SchematronValidator:
    """The code lists stay beside the stylesheet, which opens them by name.

    It would read them anew for every document, which takes longer than all its rules: so they are
    read once, and handed in.
    """

    def __init__(self, processor: Any, stylesheet_file: Path) -> None:
        self._processor = processor
        compiler = processor.new_xslt30_processor()
        text, opened = stylesheet_file.read_text(encoding="utf-8"), None
        named = {found.group(1) for found in finditer(_OPENS, text)}
        if named:
            (name,) = named  # of the lists of codes
            opened = processor.parse_xml(xml_file_name=str(stylesheet_file.parent / name))
            text = sub(_OPENS, f"${LISTS}", text)
            text = sub(_FIRST_TEMPLATE, f'<xsl:param name="{LISTS}"/>\\1', text, count=1)
        self._stylesheet = compiler.compile_stylesheet(stylesheet_text=text)
        if opened is not None:
            self._stylesheet.set_parameter(LISTS, opened)

    def check(self, xml: bytes) -> list[Finding]:
        node = self._processor.parse_xml(xml_text=xml.decode())
        report = etree.fromstring(
            self._stylesheet.transform_to_string(xdm_node=node).encode(), safe_parser()
        )
        if not report.findall(".//svrl:fired-rule", _SVRL):
            raise RuntimeError("no schematron rule fired: wrong stylesheet for this document")
        return [
            Finding(
                rule=failed.get("id") or failed.get("location", ""),
                is_warning=failed.get("flag") == "warning",  # without a flag it is an error
                message=" ".join("".join(failed.itertext()).split()),
            )
            for failed in report.iterfind(".//svrl:failed-assert", _SVRL)
        ]


class Validator:
    """Everything is loaded when it is first needed."""

    def __init__(self) -> None:
        self._lock = Lock()  # one thread at a time inside the XSLT processor

    def check(self, xml: bytes, syntax: Syntax, *, is_french: bool = False) -> list[Finding]:
        """The schematrons only when the schema holds: they would find the same again."""
        found = self._xsd(xml, syntax).check(xml)
        if found:
            return found
        with self._lock:
            found = self._rules[syntax].check(xml)
            if is_french:
                found += self._french_rules[syntax].check(xml)
        return found

    def _xsd(self, xml: bytes, syntax: Syntax) -> XsdValidator:
        if syntax is Syntax.CII:
            return self._cii_xsd
        is_credit_note = etree.QName(etree.fromstring(xml, safe_parser())).localname == "CreditNote"
        return self._credit_note_xsd if is_credit_note else self._invoice_xsd

    @cached_property
    def _cii_xsd(self) -> XsdValidator:
        return XsdValidator(SCHEMAS / "cii" / "Factur-X_EN16931.xsd")

    @cached_property
    def _invoice_xsd(self) -> XsdValidator:
        return XsdValidator(SCHEMAS / "ubl" / "maindoc" / "UBL-Invoice-2.1.xsd")

    @cached_property
    def _credit_note_xsd(self) -> XsdValidator:
        return XsdValidator(SCHEMAS / "ubl" / "maindoc" / "UBL-CreditNote-2.1.xsd")

    @cached_property
    def _processor(self) -> Any:
        return PySaxonProcessor(license=False)

    @cached_property
    def _rules(self) -> _Compiled:
        return _Compiled(
            self._processor,
            {
                Syntax.CII: SCHEMAS / "cii" / "FACTUR-X_EN16931.xslt",
                Syntax.UBL: SCHEMAS / "ubl" / "EN16931-UBL-validation.xslt",
            },
        )

    @cached_property
    def _french_rules(self) -> _Compiled:
        return _Compiled(
            self._processor,
            {
                Syntax.CII: SCHEMAS / "fr" / "BR-FR-Flux2-Schematron-CII.xslt",
                Syntax.UBL: SCHEMAS / "fr" / "BR-FR-Flux2-Schematron-UBL.xslt",
            },
        )


class _Compiled:
    """Stylesheets by syntax, each compiled once."""

    def __init__(self, processor: Any, files: dict[Syntax, Path]) -> None:
        self._processor = processor
        self._files = files
        self._made: dict[Syntax, SchematronValidator] = {}

    def __getitem__(self, syntax: Syntax) -> SchematronValidator:
        if syntax not in self._made:
            self._made[syntax] = SchematronValidator(self._processor, self._files[syntax])
        return self._made[syntax]
