"""Errors as callers see them: RFC 9457 problem details, made in one place from the error's class and its sentence.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import math
from http import HTTPStatus

import orjson
from aiohttp import web
from pydantic import ValidationError

from channels.errors import ConfigError, TooMany, UcsError
from channels.expected import expected_of
from ucs.core.failures import status_for

TYPE = "application/problem+json"
BUSY_FOR = 5  # seconds after which to try again what we could not take
MOST_FIELDS = 50  # complaints listed in one answer


def problem(status: int, title: str, detail: str, **more: object) -> web.Response:
    """`detail` may hold what a stranger sent, also what is no text at all (an undecodable header)."""
    detail = detail.encode("utf-8", "replace").decode()
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return web.Response(status=status, body=orjson.dumps(body), content_type=TYPE)


def of_status(status: int, detail: str = "") -> web.Response:
    """A problem that HTTP itself has a name for."""
    title = HTTPStatus(status).phrase.capitalize()
    return problem(status, title, detail or HTTPStatus(status).description or title)


def of_error(error: UcsError) -> web.Response:
    """The answer to a caller whose request raised this."""
    if isinstance(error, ConfigError):
        fields = [{"field": each.key, "expected": _clean(each.expected)} for each in error.complaints]
        return _not_valid(fields)
    response = problem(status_for(error), words_of(type(error).__name__), str(error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    elif response.status == 503:
        response.headers["Retry-After"] = str(BUSY_FOR)
    return response


def of_validation(error: ValidationError) -> web.Response:
    """What is wrong with a body, field by field, without repeating what was sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    keys = [".".join(str(key) for key in each["loc"]) or "body" for each in found]
    return _not_valid(
        [{"field": key[:200], "expected": expected_of(each)} for key, each in zip(keys, found, strict=True)]
    )


def _not_valid(fields: list[dict[str, str]]) -> web.Response:
    detail = "; ".join(f"{field['field']}: {field['expected']}" for field in fields[:5])
    return problem(422, "Not valid", detail, errors=fields[:MOST_FIELDS])


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def words_of(name: str) -> str:
    """`NotFound` → "Not found"."""
    return name[0] + "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name[1:])
