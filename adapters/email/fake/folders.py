"""What lies in a mailbox. https://www.rfc-editor.org/rfc/rfc3501#section-2.3.1"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime

from channels.value import value


@value
class Stored:
    """A mail, and when it came."""

    content: bytes
    at: datetime


@dataclass(slots=True, eq=False)
class Folder:
    """Mails by UID, in their order; which of them were seen; and which somebody has read and then asked for more, so that they are not
    waited for any longer. `changed` is set and replaced with each change."""

    uidvalidity: int = field(default_factory=lambda: int(time.time()))
    uidnext: int = 1
    mails: dict[int, Stored] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    read: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, content: bytes, at: datetime) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = Stored(content, at)
        self.change()
        return uid

    def was_read(self, uids: set[int]) -> None:
        self.read |= uids
        self.change()

    async def until_read(self, uid: int, within: float) -> bool:
        """Whether it was read before so many seconds had passed."""
        try:
            async with asyncio.timeout(within):
                while uid not in self.read:
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True

    def numbered_anew(self) -> Folder:
        """As by a server that has lost its notes: every mail has another UID, and those of before mean nothing."""
        new = Folder(self.uidvalidity + 1, uidnext=100)
        for mail in self.mails.values():
            new.add(mail.content, mail.at)
        self.change()
        return new

    def change(self) -> None:
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()
