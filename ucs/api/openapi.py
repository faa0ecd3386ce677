"""`/openapi.json`: the native API as an OpenAPI 3.1 document, made from the same `Route` rows that are served.

https://spec.openapis.org/oas/v3.1.1.html. WebSockets have no place in OpenAPI; they are described in words.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ucs.api.call import Route
from ucs.api.problems import TYPE

ABOUT = """
Errors are problem details (RFC 9457): `status`, `title`, and in `detail` a sentence that says what to do. `429` and `503` say in
`Retry-After` when to try again.

What is said carries an id of the sender's own: the same id with the same words is the same message, with other words `409`.
Every line of a contact has a number without gaps; whoever comes back asks for what is after the newest number they have.

**Tokens.** Customers get one from `POST /chat/{channel}/session` and a new one from `POST /chat/refresh`; a refresh token is good
once, and using an old one ends the session. Agents sign in with a password; the newest sign-in of an agent wins. Tokens are sent as
`Authorization: Bearer …`, never in an address.

**WebSockets.** `/chat/socket` and `/desk/socket`. First send `{"type": "hello", "token": "…", "last": {"CONTACT": SEQ}}`; then come
`hello` with what is now, every line after `last` (`entry`), and what is new: `entry`, `typing`, and for agents `contact` and `seat`.
`typing` of a robot has the `text` that it has got to so far, which is not said yet; an empty one takes it back.
A supervisor says `"watch": true` in `hello` to hear every `seat` and the `floor`, and `{"type": "watch", "contact": "…"}` to hear the
lines of a contact that somebody else has.
A message of ours is a JSON array of frames. `{"type": "ping"}` is answered with `pong`; either side closes after 50 s of silence, and
we send a ping every 20 s. Close codes: 4400 not a frame, 4401 token, 4403 origin, 4408 silent, 4409 signed in elsewhere, 4429 too
fast, 1012 restarting, 1013 too slow: resume. A WebSocket without an `Origin` is refused unless the channel is open to anyone.

**Webhooks.** Platforms call `/hooks/{channel}` in their own languages; see the page on channels.
""".strip()
PARAMETER = re.compile(r"\{(\w+)\}")
TAGS = {
    "chat": "What a customer's page does",
    "desk": "What an agent's screen does",
    "admin": "Settings and running",
    "health": "How we are",
    "metrics": "Figures",
    "media": "Files behind signed links",
}
GIVEN_FILE = {
    "description": "The bytes, whole or in part; nothing but pictures we drew and sound and film is shown in place",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    routes = list(routes)
    models = sorted({model for route in routes for model in (route.takes, route.gives) if model}, key=_named)
    pairs: list[tuple[type[BaseModel], Literal["validation"]]] = [(model, "validation") for model in models]
    references, shared = models_json_schema(pairs, ref_template="#/components/schemas/{model}")
    schemas = {model: references[model, "validation"] for model in models}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    paths["/media/{token}"] = {method: _file(method) for method in ("get", "head")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "UCS", "version": version("unified-channel-service"), "description": ABOUT},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**shared.get("$defs", {}), "Problem": PROBLEM},
            "responses": {"Problem": {"description": "What is wrong", "content": {TYPE: {"schema": _ref("Problem")}}}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "expected"],
                "properties": {"field": {"type": "string"}, "expected": {"type": "string"}},
            },
        },
    },
}


def _named(model: type[BaseModel]) -> str:
    return model.__name__


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(route: Route, schemas: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    told = inspect.getdoc(route.handler)
    found: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        **({"description": told} if told else {}),
        "tags": [route.tag],
        "security": [{"token": []}] if route.role else [],
        "parameters": _parameters(route),
        "responses": {
            str(route.status): _answer(route, schemas),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if route.role:
        found["description"] = f"{told or route.summary}\n\nNeeds the role {route.role}."
    if route.takes:
        content = {"application/json": {"schema": schemas[route.takes]}}
        found["requestBody"] = {"required": True, "content": content}
    if route.takes_file:
        found["requestBody"] = TAKEN_FILE
        found["parameters"].append(FILE_NAME)
    return found


def operation_id(route: Route) -> str:
    words = PARAMETER.sub(r"by_\1", route.path).replace("/", "_").replace("-", "_")
    return f"{route.method.lower()}{words}"


FILE_NAME = {
    "name": "X-File-Name",
    "in": "header",
    "description": "The file's name, percent-encoded",
    "schema": {"type": "string"},
}
TAKEN_FILE = {
    "required": True,
    "description": "The file itself, or a form with one file",
    "content": {
        "*/*": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
    },
}


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PARAMETER.findall(route.path)
    ]
    behind = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}} for name, text in route.query
    ]
    return [*in_path, *behind]


def _answer(route: Route, schemas: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    if route.gives is None:
        return {"description": route.summary, "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"description": route.summary, "content": {"application/json": {"schema": schemas[route.gives]}}}


def _file(method: str) -> dict[str, Any]:
    return {
        "operationId": f"{method}_media_by_token",
        "summary": "The bytes behind a link",
        "tags": ["media"],
        "security": [],
        "parameters": [{"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": GIVEN_FILE,
            "206": GIVEN_FILE,
            "304": {"description": "Not changed"},
            "416": {"description": "There are no such bytes"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
