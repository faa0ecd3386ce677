"""Until when a platform takes an answer, after the last thing that the customer said and the last that the customer pressed."""

from __future__ import annotations

from datetime import datetime

from channels.manifest import Manifest
from ucs.core.contact import Contact


def windows(manifest: Manifest, contact: Contact) -> dict[str, datetime]:
    """`until`: the end of them all; `pressed_until`: of what a press allows, where that is something of its own. Nothing where we may
    answer for ever."""
    within, briefly = manifest.reply_window, manifest.press_window
    if within is None or contact.spoke_at is None:
        return {}
    if briefly is None or contact.pressed_at is None:
        return {"until": contact.spoke_at + within}
    pressed_until = contact.pressed_at + briefly
    wrote_until = pressed_until if contact.wrote_at is None else contact.wrote_at + within
    return {"until": max(wrote_until, pressed_until), "pressed_until": pressed_until}
