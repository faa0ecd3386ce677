"""How a part reads where it cannot be shown: lines of plain text for a customer's eyes."""

from __future__ import annotations

from channels.parts import ContactCard, Location, Opaque, Sticker, Template


def spoken(part: Location | ContactCard | Template | Sticker | Opaque) -> str:
    match part:
        case Location():
            # RFC 5870: understood by phones and readable by people, and it favours no map service
            return _lines(part.title, part.address, f"geo:{_degrees(part.latitude)},{_degrees(part.longitude)}")
        case ContactCard():
            return _lines(part.name, part.organization, *part.phones, *part.emails)
        case Template():
            return part.text or _lines(*part.values) or part.name
        case Sticker():
            return part.text or "[sticker]"
        case Opaque():
            return part.text or f"[{part.kind}]"


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _degrees(angle: float) -> str:
    """Six digits behind the point are a tenth of a metre."""
    return f"{angle:.6f}".rstrip("0").rstrip(".")
