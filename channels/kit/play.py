"""Playing a case: call the adapter as the runtime would, and write down how it ended in the case's own words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson

from channels.adapter import Adapter, Batch, Forward, MediaLink, Outbound, Profile, Receipt
from channels.errors import DeliveryError, Throttled
from channels.events import Received, ReplyToken
from channels.health import Checkup, Health
from channels.kit.case import AT, OutboundCase, body_to_case
from channels.kit.http import FakeHttp
from channels.parts import MediaRef, Parts, media_of, parts_from_json
from channels.wire import NotYet, Response, Stream

Result = TypeVar("Result")
KEY = "6f1b6d3e-3c1a-4f7e-9a53-0c4e7f5a2b10"
PICTURE = MediaLink("https://media.example/p.png", "https://media.example/p.jpg", "picture.png", "image/png", 4321)


def run(call: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end in an event loop of its own, so that the kit needs no pytest plugin for async tests."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(call)


def message_of(call: Mapping[str, Any]) -> Outbound:
    """The `send` of a case as an `Outbound`."""
    parts = parts_from_json(call["parts"])
    token = call.get("reply_token")
    links = {name: MediaLink(**{"preview": "", "name": "", **link}) for name, link in call.get("media", {}).items()}
    return Outbound(
        key=call.get("key", KEY),
        customer=call["customer"],
        parts=parts,
        at=datetime.fromisoformat(call.get("at", AT)),
        media=links_for(parts) | links,
        reply_token=ReplyToken(token["token"], datetime.fromisoformat(token["until"])) if token else None,
        reply_to=call.get("reply_to", ""),
        quote_token=call.get("quote_token", ""),
        thread=call.get("thread", ""),
        attempt=call.get("attempt", 1),
        uncertain=call.get("uncertain", False),
    )


def forward_of(call: Mapping[str, Any]) -> Forward:
    """The `forward` of a case."""
    parts = parts_from_json(call["parts"])
    links = {name: MediaLink(**{"preview": "", "name": "", **link}) for name, link in call.get("media", {}).items()}
    return Forward(
        key=call.get("key", KEY),
        recipients=tuple(call["recipients"]),
        note=call.get("note", ""),
        customer=call["customer"],
        name=call.get("name", ""),
        said_at=datetime.fromisoformat(call.get("said_at", AT)),
        parts=parts,
        at=datetime.fromisoformat(call.get("at", AT)),
        media=links_for(parts) | links,
        thread=call.get("thread", ""),
        attempt=call.get("attempt", 1),
        uncertain=call.get("uncertain", False),
    )


def links_for(parts: Parts) -> dict[str, MediaLink]:
    """A made-up link for every media id."""
    return {media: PICTURE for part in parts for media in media_of(part) if isinstance(media, str)}


async def perform(adapter: Adapter[Any], case: OutboundCase, http: FakeHttp) -> Any:
    """Make the case's call and return what the adapter does; a stream is read, a poll is followed while it brings steps."""
    call = case.call
    match case.power:
        case "send":
            return await adapter.send(message_of(call), http)
        case "forward":
            return await adapter.forward(forward_of(call), http)
        case "fetch":
            return await _read(await adapter.fetch(MediaRef(**call), http))
        case "poll":
            http.at = datetime.fromisoformat(call.get("at", AT))
            return await _follow(adapter, call, len(case.exchange), http)
        case "health":
            at = datetime.fromisoformat(call.get("at", AT))
            return await adapter.health(Checkup(at, call.get("webhook", "")), http)
        case power:
            return await getattr(adapter, power)(*_words(power, call), http)


def outcome_of(power: str, result: Any) -> dict[str, Any]:
    """How a call ended, as a case writes it."""
    match result:
        case Receipt():
            status = {} if result.status == "sent" else {"status": result.status.value}
            tokens = {"quote_tokens": dict(result.quote_tokens)} if result.quote_tokens else {}
            free = {} if result.counts else {"counts": False}
            return {"receipt": {"messages": list(result.messages)} | status | tokens | free}
        case NotYet():
            return {"result": {"retry_after": _seconds(result.retry_after)}}
        case Profile():
            return {"result": {key: value for key, value in asdict(result).items() if value}}
        case Health():
            return {"result": [compacted(finding) for finding in result.findings]}
        case DeliveryError():
            return {"error": error_to_case(result)}
        case None:
            return {}
        case _:
            return {"result": result}


def error_to_case(error: DeliveryError) -> dict[str, Any]:
    value: dict[str, Any] = {"type": type(error).__name__}
    if error.code:
        value["code"] = error.code
    if error.delivered:
        value["delivered"] = list(error.delivered)
    if error.token_refused:
        value["token_refused"] = True
    if isinstance(error, Throttled) and error.retry_after is not None:
        value["retry_after"] = _seconds(error.retry_after)
    return value


def compact(event: Received) -> dict[str, Any]:
    """An event as a case writes it: without the fields that have their default value."""
    return {"event": type(event).__name__, **compacted(event)}


def answer_to_case(answer: Response) -> dict[str, Any]:
    value: dict[str, Any] = {"status": answer.status, "content_type": answer.content_type}
    if answer.headers:
        value["headers"] = dict(answer.headers)
    if answer.body and "json" in answer.content_type:
        return value | {"json": orjson.loads(answer.body)}
    return value | body_to_case(answer.body)


def compacted(value: Any) -> Any:
    """A value as a case writes it: dataclasses as objects without the fields that have their default value."""
    if is_dataclass(value):
        typed = sorted(fields(value), key=lambda item: item.name != "type")  # a part's type is read first
        held = ((item, getattr(value, item.name)) for item in typed)
        return {item.name: compacted(found) for item, found in held if item.name == "type" or found != _default(item)}
    if isinstance(value, tuple):
        return [compacted(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


def _default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _words(power: str, call: Mapping[str, Any]) -> tuple[str, ...]:
    names = {"mark_read": ("customer", "token"), "recall": ("customer", "message")}.get(power, ("customer",))
    return tuple(call[name] for name in names)


async def _read(found: Stream | NotYet) -> Any:
    if isinstance(found, NotYet):
        return found
    body = b"".join([chunk async for chunk in found.chunks])
    about = {"mime": found.mime, "name": found.name, "size": found.size}
    return body_to_case(body) | {key: value for key, value in about.items() if value not in ("", None)}


async def _follow(adapter: Adapter[Any], call: Mapping[str, Any], steps: int, http: FakeHttp) -> list[dict[str, Any]]:
    batches: list[Batch] = []
    if steps:
        async with aclosing(_closable(adapter.poll(call["cursor"], http, tuple(call.get("hints", ()))))) as brought:
            async for batch in brought:
                batches.append(batch)
                if len(http.calls) >= steps and all(each.finished for each in http.connections.values()):
                    break
    return [_brought(batch) for batch in batches]


async def _closable(batches: AsyncIterator[Batch]) -> AsyncGenerator[Batch, None]:
    try:
        async for batch in batches:
            yield batch
    finally:
        aclose = getattr(batches, "aclose", None)
        if aclose is not None:
            await aclose()


def _brought(batch: Batch) -> dict[str, Any]:
    value: dict[str, Any] = {"cursor": batch.cursor, "events": [compact(event) for event in batch.events]}
    if batch.requests:
        value["requests"] = [
            {"path": each.path, "at": compacted(each.at)} | body_to_case(each.body) for each in batch.requests
        ]
    return value


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
