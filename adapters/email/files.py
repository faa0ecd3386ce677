"""The bytes of our own files, for a mail has them in itself. https://www.rfc-editor.org/rfc/rfc2045#section-6"""

from __future__ import annotations

from adapters.email.outbound import Attached
from channels import Http, MediaLink
from channels.errors import Rejected


async def attached(name: str, link: MediaLink, http: Http) -> Attached:
    """The file of this id, which `link` describes."""
    content = bytearray()
    async for chunk in (await http.file(name)).chunks:
        content += chunk
        if len(content) > link.size:
            raise Rejected(f"The file {link.name} is larger than it was said to be.", code="size")
    return Attached(link.name, link.mime, bytes(content))
