"""A file found in the mailbox again. One that is a part of its mail is asked for alone, so that the mail comes once for all its files
and not once for each. What is made of the whole mail wants all of it, and so does a part that the server does not find as we did.
https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5"""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress

from adapters.email.fetching import Found, content_alone, content_at, part_named
from adapters.email.imap import Imap
from adapters.email.whole import whole
from channels import Http
from channels.errors import Rejected
from channels.parts import MediaRef


async def looked_up(
    imap: Imap, place: tuple[int, int], media: MediaRef, most: int, http: Http, stack: AsyncExitStack
) -> Found | None:
    """What this names, as long as the stack lasts; None if it is not there, or the folder is another than that of `place`, which is a
    UIDVALIDITY and a UID. A session that was kept sees the folder as it was when it was opened, so what is not there is looked for
    again in the folder as it is now."""
    uidvalidity, uid = place
    for fresh in (imap.box is None, True):
        box = await imap.select() if fresh or imap.box is None else imap.box
        if box.uidvalidity == uidvalidity:
            found = await _cut_out(imap, uid, media, most, http, stack)
            if found is not None or fresh:
                return found
        elif fresh:
            return None
    return None


async def _cut_out(imap: Imap, uid: int, media: MediaRef, most: int, http: Http, stack: AsyncExitStack) -> Found | None:
    if path := part_named(media):
        with suppress(Rejected):  # there are servers that refuse where others say NIL
            part = await stack.enter_async_context(whole(imap.part(uid, path, most), http))
            if part is not None and (found := content_alone(part, media)):
                return found
    mail = await stack.enter_async_context(whole(imap.pieces(uid, most), http))
    return None if mail is None else content_at(mail, media.key)
