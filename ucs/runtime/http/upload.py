"""A form with files in it, as a body of known length: multipart/form-data (RFC 7578), read while it is sent.

Not `aiohttp.FormData`, which does not know how long a stream is and so sends it in chunks; some platforms refuse those.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping

from channels.errors import Rejected
from channels.wire import Stream

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do


class Upload:
    """Fields, then files. It can be sent once, for a file can be read once."""

    def __init__(self, form: Mapping[str, str], files: Mapping[str, Stream]) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._pieces: list[bytes | Stream] = []
        for name, value in form.items():
            self._pieces.append(f"--{boundary}\r\n{_head(name)}\r\n\r\n{value}\r\n".encode())
        for name, file in files.items():
            head = f'{_head(name)}; filename="{file.name.translate(_ESCAPED)}"\r\nContent-Type: {_type(file.mime)}'
            self._pieces += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), file, b"\r\n"]
        self._pieces.append(f"--{boundary}--\r\n".encode())
        self.size = sum(len(piece) if isinstance(piece, bytes) else _size(piece) for piece in self._pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All of it. Raises `Rejected`, which breaks the connection off, if a file is not as long as it was said to be."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            left = _size(piece)
            async for chunk in piece.chunks:
                left -= len(chunk)
                yield chunk
            if left:
                raise Rejected(f"The file {piece.name} is not as long as it was when the message was written.")


def _head(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name.translate(_ESCAPED)}"'


def _type(mime: str) -> str:
    return mime if mime.isascii() and mime.isprintable() and mime else "application/octet-stream"


def _size(file: Stream) -> int:
    if file.size is None:
        raise ValueError(f"The file {file.name} goes out without a size.")
    return file.size
