"""A mail of ours with its files, on its way out: they are read while it goes, so it is never in memory as a whole.
https://www.rfc-editor.org/rfc/rfc2045#section-6"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from adapters.email.outbound import LINE, Attached, Draft, packed
from channels import Http, MediaLink, Stream
from channels.errors import Rejected

AT_ONCE = LINE // 4 * 3 * 1024  # bytes of a file that fill lines


class Mail:
    """`size` is known before it goes out. It can be sent once, for a file can be read once."""

    def __init__(self, draft: Draft, files: Mapping[Attached, Stream]) -> None:
        self._pieces = draft.written(list(files))
        self._files = files
        self.size = sum(len(each) if isinstance(each, bytes) else each.packed_size for each in self._pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it. Raises `Rejected` if a file is not as long as it was said to be, and what reading it raises."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            async for chunk in _in_lines(piece, self._files[piece].chunks):
                yield chunk


async def opened(draft: Draft, files: Mapping[str, MediaLink], http: Http) -> Mail:
    """The mail with these files of ours, which are there: else what `Http.file` raises."""
    found: dict[Attached, Stream] = {}
    for id, link in files.items():
        stream = await http.file(id)
        size = link.size if stream.size is None else stream.size
        if size > link.size:
            raise Rejected(f"The file {link.name} is larger than it was said to be.", code="size")
        found[Attached(link.name, link.mime, size, id)] = stream
    return Mail(draft, found)


async def _in_lines(file: Attached, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    held, left = b"", file.size
    async for chunk in chunks:
        held, left = held + chunk, left - len(chunk)
        whole = len(held) - len(held) % AT_ONCE
        for at in range(0, whole, AT_ONCE):
            yield packed(held[at : at + AT_ONCE])
        held = held[whole:]
    if left:
        raise Rejected(f"The file {file.name} is not as long as it was said to be.", code="size")
    if held or not file.size:
        yield packed(held)
