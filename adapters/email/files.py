"""The bytes of our own files, for a mail has them in itself."""

from __future__ import annotations

from datetime import timedelta

from adapters.email.outbound import Attached
from channels import Http, MediaLink
from channels.errors import Rejected, Throttled, Unauthorized, Unreachable


async def attached(link: MediaLink, http: Http) -> Attached:
    """The file behind a link of the media cache."""
    answer, stream = await http.stream("GET", link.url)
    code = str(answer.status)
    if answer.status == 429:
        after = answer.headers.get("retry-after", "")
        wait = timedelta(seconds=int(after)) if after.isdecimal() and len(after) < 6 else None
        raise Throttled(f"The file {link.name} is not handed out just now.", retry_after=wait, code=code)
    if answer.status >= 500:
        raise Unreachable(f"The file {link.name} cannot be read just now.", code=code)
    if answer.status == 401:
        raise Unauthorized(f"The file {link.name} is not handed out to us.", code=code)
    if answer.status != 200:
        raise Rejected(f"The file {link.name} is no longer there; attach it again.", code=code)
    content = bytearray()
    async for chunk in stream.chunks:
        content += chunk
        if len(content) > link.size:
            raise Rejected(f"The file {link.name} is larger than it was said to be.", code="size")
    return Attached(link.name, link.mime, bytes(content))
