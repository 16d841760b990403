"""What makes a PDF/A-3 a Factur-X: metadata that names the XML inside. And a check of the result.

Structurally checked, not certified: veraPDF and Mustang are what authorities use.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final

import pikepdf

ATTACHMENT: Final = "factur-x.xml"
NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
CONFORMANCE: Final = "EN 16931"
_PROPERTIES: Final = (
    ("DocumentFileName", "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE"),
    ("Version", "The actual version of the Factur-X XML schema"),
    ("ConformanceLevel", "The conformance level of the embedded Factur-X data"),
)
_EXTENSION_BAG: Final = re.compile(rb"<pdfaExtension:schemas>\s*<rdf:Bag>")
_FONT_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")


def with_metadata(pdf: bytes) -> bytes:
    """The same bytes again for the same PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = bytes(document.Root.Metadata.read_bytes())
        stream = document.make_stream(patched(packet))
        stream.Type = pikepdf.Name.Metadata
        stream.Subtype = pikepdf.Name.XML
        document.Root.Metadata = stream
        output = io.BytesIO()
        document.save(
            output, object_stream_mode=pikepdf.ObjectStreamMode.preserve, deterministic_id=True
        )
        return output.getvalue()


def patched(packet: bytes) -> bytes:
    """The file has one container of extension schemas already; a second breaks the packet."""
    bags = list(_EXTENSION_BAG.finditer(packet))
    if len(bags) != 1:
        raise ValueError("expected exactly one container of extension schemas in the metadata")
    at = bags[0].end()
    packet = packet[:at] + _extension() + packet[at:]
    end = packet.index(b"</rdf:RDF>")
    return packet[:end] + _description() + packet[end:]


def _description() -> bytes:
    """`INVOICE` for credit notes too."""
    return (
        f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">'
        "<fx:DocumentType>INVOICE</fx:DocumentType>"
        f"<fx:DocumentFileName>{ATTACHMENT}</fx:DocumentFileName>"
        "<fx:Version>1.0</fx:Version>"
        f"<fx:ConformanceLevel>{CONFORMANCE}</fx:ConformanceLevel>"
        "</rdf:Description>"
    ).encode()


def _extension() -> bytes:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description>"
        "</rdf:li>"
        for name, description in _PROPERTIES
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li>"
    ).encode()


def archive_problems(pdf: bytes, *, xml: bytes | None = None) -> list[str]:
    """Structural rules of PDF/A-3, PDF/UA-1 and, with `xml`, of Factur-X."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        packet = bytes(root.Metadata.read_bytes()).decode()
        names: Any = root.get("/Names", {})
        intents: Any = root.get("/OutputIntents", [])
        holds = {
            "has a file identifier": "/ID" in document.trailer,
            "is not encrypted": not document.is_encrypted,
            "is tagged": "/MarkInfo" in root and "/StructTreeRoot" in root,
            "names its language": bool(str(root.get("/Lang", ""))),
            "runs no script": "/JavaScript" not in names,
            "says what its colors mean": any("/DestOutputProfile" in each for each in intents),
            "has readable metadata": "/Filter" not in root.Metadata,
            "is PDF/A-3": _said(packet, "pdfaid:part") == "3",
            "names its conformance": _said(packet, "pdfaid:conformance") in {"A", "B", "U"},
            "is PDF/UA-1": _said(packet, "pdfuaid:part") == "1",
            "has a title": "<dc:title>" in packet,
            "has one container of extensions": packet.count("<pdfaExtension:schemas>") == 1,
        }
        problems = [rule for rule, is_held in holds.items() if not is_held]
        problems += _fonts(document)
        if xml is not None:
            problems += _attachment(document, packet, xml)
    return problems


def _fonts(document: pikepdf.Pdf) -> Iterator[str]:
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if item.get("/Type") == "/FontDescriptor" and not any(key in item for key in _FONT_FILES):
            yield f"font {item.get('/FontName')} is not embedded"
        if item.get("/Type") == "/Font" and item.get("/Subtype") == "/Type1":
            yield f"standard font {item.get('/BaseFont')} is not embedded"


def _attachment(document: pikepdf.Pdf, packet: str, xml: bytes) -> Iterator[str]:
    """`Alternative` is right for this profile; no other tool looks at it."""
    found: Any = document.Root.get("/AF", [])
    files = list(found)
    if len(files) != 1:
        yield "has not exactly one associated file"
        return
    (attached,) = files
    stream = attached.EF.F
    holds = {
        "names its file": _said(packet, "fx:DocumentFileName") == ATTACHMENT,
        "names its profile": _said(packet, "fx:ConformanceLevel") == CONFORMANCE,
        "has the extension schema": NAMESPACE in packet,
        "attaches factur-x.xml": str(attached.UF) == ATTACHMENT,
        "attaches an alternative": str(attached.AFRelationship) == "/Alternative",
        "attaches text/xml": str(stream.get("/Subtype")) == "/text/xml",
        "attaches a dated file": "/ModDate" in stream.get("/Params", {}),
        "attaches the stored XML": bytes(stream.read_bytes()) == xml,
        "lists its files": "/EmbeddedFiles" in document.Root.get("/Names", {}),
    }
    yield from (rule for rule, is_held in holds.items() if not is_held)


def _said(packet: str, name: str) -> str | None:
    found = re.search(re.escape(name) + r'[>="]+([^<"]+)', packet)
    return found.group(1) if found else None
