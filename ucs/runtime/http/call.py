"""One call on its way out, as a value: what an adapter asked for, checked, and what a redirect makes of it. Pure.

The waiting is done in `ucs/runtime/http/channel_http.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
from yarl import URL

from channels.errors import Rejected
from channels.value import value
from channels.wire import Stream
from ucs.runtime.http.guard import Blocked
from ucs.runtime.http.upload import Upload

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = SAFE | {"POST", "PUT", "PATCH", "DELETE"}
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Ours to set (they frame the message or say where it goes), and what clouds' metadata services ask for as proof of good faith.
_NOT_YOURS = re.compile(
    r"host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect|http2-settings"
    r"|x-aws-.*|metadata.*|x-google-metadata.*|x-metadata.*"
)
_CREDENTIAL = re.compile(r"authorization|cookie2?|.*[-_](token|key|secret|signature|password|auth)|token|secret|apikey")


@value
class Call:
    """A request as it will be sent.

    doubtful  an earlier hop took a request that is not safe to repeat, and sent us on to read the result: whatever goes wrong
              from here on, the platform may have done what was asked
    """

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes | Upload | None = None
    doubtful: bool = False

    @property
    def repeatable(self) -> bool:
        """Asking a second time does no harm."""
        return self.method in SAFE

    def redirected(self, status: int, location: str, is_secret: Callable[[str], bool]) -> Call:
        """The call that a redirect asks for, not yet checked by the guard.

        303 becomes GET, and so does a POST at 301 or 302, as everywhere. Anything else keeps method and body, and that only
        to the same origin: elsewhere it is refused. Credentials stay behind when the origin changes, and for good.
        """
        url = parse(location, self.url)
        moved = _origin(url) != _origin(self.url)
        becomes_get = (status == 303 and self.method != "HEAD") or (self.method == "POST" and status in (301, 302))
        if moved and not becomes_get and (self.method not in SAFE or self.body is not None):
            there = url.raw_host or url.scheme
            raise Blocked(
                f"{self.url.raw_host} redirects a {self.method} to {there}; bodies are not sent on to another host."
            )
        if isinstance(self.body, Upload) and not becomes_get:
            raise Blocked(
                f"{self.url.raw_host} redirects an upload, and files go out once: configure the address it moved to."
            )
        call = replace(self, url=url)
        if moved:
            kept = {n: v for n, v in self.headers.items() if not _CREDENTIAL.fullmatch(n.lower()) and not is_secret(v)}
            call = replace(call, headers=kept)
        if becomes_get:
            kept = {name: value for name, value in call.headers.items() if not name.lower().startswith("content-")}
            doubtful = self.doubtful or self.method not in SAFE
            call = replace(call, method="GET", headers=kept, body=None, doubtful=doubtful)
        return call


def parse(text: str, relative_to: URL | None = None) -> URL:
    """A URL with a host, its fragment cut off. Raises `Blocked` with a sentence that does not repeat what it cannot read."""
    if _CONTROL.search(text):
        raise Blocked("The address holds control characters.")
    try:
        url = relative_to.join(URL(text)) if relative_to else URL(text)
        readable = bool(url.host)  # decodes international names, and fails on what is none
    except ValueError:
        url, readable = URL(), False
    if not url.scheme or (url.scheme in ("http", "https") and not readable):
        raise Blocked("That is not an address that can be called; expected something like https://host/path.")
    return url.with_fragment(None)


def _origin(url: URL) -> tuple[str, str | None, int | None]:
    return url.scheme, url.raw_host, url.port


def prepare(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    query: Mapping[str, str] | None,
    content: tuple[bytes | Upload, str] | None = None,
) -> Call:
    """A checked call. `content` is a body and its type, unless the headers name one. Raises `Rejected`."""
    method = method.upper()
    if method not in METHODS:
        raise Rejected(f"{method[:20]!r} is not a method that is sent; expected one of {', '.join(sorted(METHODS))}.")
    target = parse(url)
    fields = _checked(headers or {})
    if content is not None and content[1] and not any(name.lower() == "content-type" for name in fields):
        fields["Content-Type"] = content[1]
    if content is not None and isinstance(content[0], Upload):
        fields["Content-Length"] = str(
            content[0].size
        )  # known, so that it need not go out in chunks, which some refuse
    return Call(method, target.extend_query(query) if query else target, fields, content[0] if content else None)


def content_of(
    json: Any, form: Mapping[str, str] | None, body: bytes | None, files: Mapping[str, Stream] | None = None
) -> tuple[bytes | Upload, str] | None:
    """Body and content type of a call; at most one of the first three is given, and with files it is none or the form.
    Raises `Rejected` for text that is not Unicode."""
    if (json is not None) + (form is not None) + (body is not None) > 1:
        raise ValueError("At most one of json, form and body can be sent.")
    if files and (json is not None or body is not None):
        raise ValueError("Files go out with a form, not with json or body.")
    try:
        if json is not None:
            return orjson.dumps(json), "application/json"
        if files:
            upload = Upload(form or {}, files)
            return upload, upload.content_type
        if form is not None:
            return urlencode(form).encode(), "application/x-www-form-urlencoded"
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        unreadable = Rejected("The request holds something that cannot be written down, such as half a character.")
    else:
        return None if body is None else (body, "")
    raise unreadable


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """The caller's headers. `User-Agent` is always ours: a library's own is dropped without complaint."""
    fields = {}
    for name, content in headers.items():
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name):
            raise Rejected(f"{name[:40]!r} is not the name of a header.")
        if _NOT_YOURS.fullmatch(lower):
            raise Rejected(f"The header {name[:40]} is not an adapter's to set.")
        if _CONTROL.search(content.replace("\t", " ")):
            raise Rejected(f"The header {name[:40]} holds a line break or another control character.")
        if lower != "user-agent":
            fields[name] = content
    return fields
