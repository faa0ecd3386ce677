"""Our own web chat, as a channel like any other.

It has no webhook and sends nothing: the customer's browser speaks our native API and reads the contact itself. What is here
is what the core asks of every channel, namely what can be shown (everything) and its configuration. Greetings, queues and
office hours are policy and not here; who may embed the chat, and whose word for a customer's identity is believed, is.
"""

from __future__ import annotations

from adapters.webchat.config import WebchatConfig
from channels import Adapter, ButtonLimit, FileLimit, Manifest, Sends

__all__ = ["Webchat", "WebchatConfig"]

ANY_FILE = FileLimit(100_000_000, captioned=True)


class Webchat(Adapter[WebchatConfig]):
    """The chat on a tenant's own pages."""

    manifest = Manifest(
        name="webchat",
        title="Web chat",
        kind="chat",
        sends=Sends(
            text=20_000,
            image=ANY_FILE,
            audio=ANY_FILE,
            video=ANY_FILE,
            file=ANY_FILE,
            location=True,
            contact_card=True,
            sticker=True,
            card=ButtonLimit(count=10, label=100),
            carousel=20,
            choices=ButtonLimit(count=20, label=100),
            list_choices=ButtonLimit(count=100, label=100),
            template=True,
            batch=100,
        ),
    )
