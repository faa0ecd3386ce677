"""Errors as callers see them: RFC 9457 problem details, made in one place from the error's class and its sentence.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import math

import orjson
from aiohttp import web
from pydantic import ValidationError

from channels.errors import TooMany, UcsError
from ucs.core.failures import status_for

TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, **more: object) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return web.Response(status=status, body=orjson.dumps(body), content_type=TYPE)


def of_error(error: UcsError) -> web.Response:
    """The answer to a caller whose request raised this."""
    response = problem(status_for(error), words_of(type(error).__name__), str(error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    return response


def of_validation(error: ValidationError) -> web.Response:
    """What is wrong with a body, field by field, without repeating what was sent."""
    fields = [
        {"field": ".".join(str(key) for key in found["loc"]) or "body", "expected": found["msg"]}
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    detail = "; ".join(f"{field['field']}: {field['expected']}" for field in fields[:5])
    return problem(422, "Not valid", detail, errors=fields)


def words_of(name: str) -> str:
    """`NotFound` → "Not found"."""
    return name[0] + "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name[1:])
