"""Writes the pages that are made from code: `channels.md` from the adapters in `plugins.toml`, `errors.md` from the errors,
`grades.md` from `quality.toml` and what it speaks of.

`make docs` runs it; `tests/docs/test_generated_pages.py` fails while what is in the folder is not what it would write. Not here:
anything that a person has to say. A sentence that is missing belongs into the manifest's, the config's or the error's docstring.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from channels import errors
from channels.adapter import Adapter, powers_of
from channels.kit.grades import CRITERIA, Graded, graded, read_quality
from channels.manifest import ButtonLimit, FileLimit, Manifest, Sends
from channels.plugins import load
from ucs.core.failures import FAILURES

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
MADE = "<!-- Made by docs/generate.py; change the code it is made from, and say `make docs`. -->\n"


def table(*lines: Iterable[str]) -> str:
    """A Markdown table; the first line is its head."""
    head, *body = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *body]) + "\n"


# ---------------------------------------------------------------------------------------------------------- channels


# What a power means for those who use the channel. The others are how an adapter works and are of no use to them.
SAID = {
    "fetch": "the customer's files come in",
    "forward": "what a customer said can be forwarded",
    "profile": "the customer's name and picture",
    "typing": "the customer sees that we are writing",
    "mark_read": "the customer sees that we have read",
    "recall": "we can take a message back",
    "end": "the platform hears that a contact is over",
    "health": "the platform tells how our account is",
}


def adapters() -> list[type[Adapter[Any]]]:
    return list(load(ROOT / "plugins.toml").adapters.values())


def channels_page(found: list[type[Adapter[Any]]]) -> str:
    text = f"{MADE}\n# Channels\n\nWhat each platform can show, and what we keep to when we speak with it.\n"
    text += "What a platform cannot show is said in simpler parts: a card as a picture and a text, choices as numbered lines;\n"
    text += "a customer who then writes the number has picked that answer.\n\n"
    text += table(["", *(adapter.manifest.title for adapter in found)], *_comparison(found))
    return text + "".join(_section(adapter) for adapter in found)


def _comparison(found: list[type[Adapter[Any]]]) -> Iterator[list[str]]:
    shown = [_shown(adapter.manifest.sends) for adapter in found]
    for part in shown[0] if shown else ():
        yield [part, *(each[part] or "no" for each in shown)]
    for power, words in SAID.items():
        yield [words, *(_has(adapter, power) for adapter in found)]


def _has(adapter: type[Adapter[Any]], power: str) -> str:
    """Yes or no; an adapter without any power is for customers who use our own API, and what they can do is there."""
    powers = powers_of(adapter)
    return ("yes" if power in powers else "no") if powers else "by our API"


def _shown(sends: Sends) -> dict[str, str]:
    """Kind of part → how the platform shows it, or nothing."""
    return {
        "text": f"up to {sends.text:,} {_units(sends)}",
        "image": _file(sends.image),
        "audio": _file(sends.audio),
        "video": _file(sends.video),
        "file": _file(sends.file),
        "location": "yes" if sends.location else "",
        "contact card": "yes" if sends.contact_card else "",
        "sticker": "yes" if sends.sticker else "",
        "card": _buttons(sends.card),
        "carousel": f"up to {sends.carousel} cards" if sends.carousel else "",
        "choices": _buttons(sends.choices),
        "choices as a list": _buttons(sends.list_choices),
        "template": "yes" if sends.template else "",
    }


def _units(sends: Sends) -> str:
    names = {"character": "characters", "grapheme": "characters as read", "utf16": "UTF-16 units", "byte": "bytes"}
    return names[sends.unit]


def _file(limit: FileLimit | None) -> str:
    if limit is None:
        return ""
    kinds = ", ".join(limit.mime) or "any type"
    caption = f"; with a caption of up to {limit.caption:,}" if limit.caption else "; with a caption"
    return f"{kinds}; up to {limit.size / 1_000_000:g} MB" + (caption if limit.captioned else "")


def _buttons(limit: ButtonLimit | None) -> str:
    if limit is None:
        return ""
    carries = f", carrying up to {limit.payload} bytes" if limit.payload else ""
    return f"up to {limit.count} buttons of {limit.label}{carries}" + ("" if limit.links else ", none of them a link")


def _section(adapter: type[Adapter[Any]]) -> str:
    manifest = adapter.manifest
    text = f"\n## {manifest.title}\n\n"
    if manifest.documentation:
        text += f"The platform's own documentation: <{manifest.documentation}>.\n\n"
    text += table(["", ""], *_promises(manifest, powers_of(adapter)))
    text += "\n### Settings\n\n" + table(["key", "", "what it is"], *_settings(adapter))
    if manifest.errors:
        codes = ([f"`{code}`", f"[{error.__name__}](errors.md)"] for code, error in manifest.errors.items())
        text += "\n### What the platform's errors mean\n\n" + table(["code", "for us"], *codes)
    return text


def _promises(manifest: Manifest, powers: frozenset[str]) -> Iterator[list[str]]:
    window, pace = manifest.reply_window, manifest.pace
    yield ["the name in `plugins.toml`", f"`{manifest.name}`"]
    yield ["a contact counts as a", manifest.kind]
    yield ["we may answer", f"{_length(window)} after the customer's last message" if window else "for ever"]
    if manifest.press_window is not None:
        yield ["what was only pressed", f"{_length(manifest.press_window)}"]
    if "verify" in powers:
        yield ["a webhook is answered within", _length(manifest.answers_within)]
        yield ["the largest webhook", f"{manifest.body_limit:,} bytes"]
        if manifest.replies_inside:
            yield ["an answer may go inside the response to a webhook", "yes, for as long as that is held"]
    if "send" in powers:
        yield ["messages in one call", str(manifest.sends.batch)]
        yield ["pace", f"{pace.account:g} a second in all, {pace.customer:g} to one customer"]
        yield [
            "a call without an answer",
            "is made again" if manifest.resend_safe else "is not repeated; the agent sees it",
        ]


def _length(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}s"
    return f"{seconds:g} seconds"


def _settings(adapter: type[Adapter[Any]]) -> Iterator[list[str]]:
    for name, field in adapter.Config.model_fields.items():
        yield [f"`{name}`", ", ".join(_marks(field)), field.description or ""]


def _marks(field: FieldInfo) -> Iterator[str]:
    if field.is_required():
        yield "required"
    if SecretStr in (field.annotation, *get_args(field.annotation)):
        yield "secret"


# ------------------------------------------------------------------------------------------------------------ grades


def grades_page() -> str:
    """Every criterion by every adapter that is graded."""
    claims = read_quality(ROOT / "quality.toml")
    found = [each for each in graded(load(ROOT / "plugins.toml"), claims, ROOT) if not each.claim.ungraded]
    text = f"{MADE}\n# Grades\n\nHow good each adapter is, found out from its code, its cases and its tests.\n"
    text += "**Bronze**: it can be trusted. **Silver**: it carries everything that the platform has. **Gold**: one would not do\n"
    text += "without it. What is claimed stands in `quality.toml`; a claim that is not met fails `make check`. `ucs adapters` prints\n"
    text += "the same.\n\n"
    text += table(["", "for", *(each.name for each in found)], *_grades(found))
    text += "\n## What platforms do not have\n\n"
    reasons = ([each.name, name, reason] for each in found for name, reason in each.excused.items())
    return text + table(["adapter", "", "why"], *reasons)


def _grades(found: list[Graded]) -> Iterator[list[str]]:
    yield ["**grade**", "", *(f"**{each.earned or 'none'}**" for each in found)]
    for criterion in CRITERIA:
        yield [f"{criterion.name}: {criterion.words}", criterion.grade, *(_met(each, criterion.name) for each in found)]


def _met(each: Graded, name: str) -> str:
    return "missing" if name in each.missing else "the platform has none" if name in each.excused else "yes"


# ------------------------------------------------------------------------------------------------------------ errors


def errors_page() -> str:
    text = f"{MADE}\n# Errors\n\nAn error's class says what happens next: one class for each thing that can be done about it. "
    text += "Adapters raise the part of the tree below `ChannelError` and nothing else.\n\n"
    text += "The status is what a caller of ours sees, if one is waiting; the count is the label in `ucs_failures_total`.\n\n"
    return text + table(["error", "what it means", "what is done", "status", "count"], *_tree(errors.UcsError, 0))


def _tree(error: type[errors.UcsError], depth: int) -> Iterator[list[str]]:
    meaning = (inspect.getdoc(error) or "").partition("\n\n")[0]
    action, status, metric = FAILURES[error]
    yield [f"{'· ' * depth}`{error.__name__}`", meaning, action.replace("_", " "), str(status), f"`{metric}`"]
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


# File name → what makes its text.
PAGES: dict[str, Callable[[], str]] = {
    "channels.md": lambda: channels_page(adapters()),
    "errors.md": errors_page,
    "grades.md": grades_page,
}


def main() -> None:
    for name, text_of in PAGES.items():
        path, text = FOLDER / name, text_of()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/{name} is written anew.\n")


if __name__ == "__main__":
    main()
