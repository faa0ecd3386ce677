"""XML as WeChat writes it, and as it reads ours."""

from __future__ import annotations

from xml.etree import ElementTree


def xml_of(fields: dict[str, object]) -> str:
    def value(found: object) -> str:
        if isinstance(found, dict):
            return xml_of(found)
        return str(found) if isinstance(found, int) else f"<![CDATA[{found}]]>"

    return "".join(f"<{name}>{value(found)}</{name}>" for name, found in fields.items())


def fields_of(document: str) -> dict[str, str]:
    """The elements of a document of one level, as text; of deeper ones the text in them."""
    return {element.tag: "".join(element.itertext()) for element in ElementTree.fromstring(document)}  # noqa: S314
