"""Asking WeCom what there is: one account after the other, page by page, with a cursor for each.

The cursor that the runtime keeps is all of theirs, as JSON. A call of WeCom's names one account and brings a token; with it the
account may be asked as often as calls come. Without one all accounts are asked, which WeCom allows seldom: at the start, and now
and then.
https://developer.work.weixin.qq.com/document/path/94670
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from adapters.wecom.api import Api
from adapters.wecom.refusals import WECOM
from channels import Answer, Batch, Request
from channels.errors import DeliveryError, Rejected, Unauthorized, Unreachable

AT_ONCE = 200  # messages of a page, which are committed together; WeCom gives up to 1000
AMR = 0  # `voice_format`
EARLIEST = datetime(2001, 9, 10, tzinfo=UTC)  # before anything that WeCom can tell of


async def look(api: Api, accounts: tuple[str, ...], cursor: str, hints: tuple[str, ...]) -> AsyncIterator[Batch]:
    """Everything after the cursor. What is wrong with one account does not keep us from the others."""
    places, tokens = places_of(cursor), tokens_of(hints)
    failed: DeliveryError | None = None
    for account in (account for account in accounts if account in tokens or not tokens):
        try:
            async for batch in _pages(api, account, places, tokens.get(account, "")):
                yield batch
        except Unauthorized:  # it would be the same with the next
            raise
        except DeliveryError as error:
            failed = error
    if failed is not None:
        raise failed


def places_of(cursor: str) -> dict[str, str]:
    """How far each account has been read."""
    try:
        found = orjson.loads(cursor or "{}")
    except orjson.JSONDecodeError:
        found = {}
    return {name: place for name, place in found.items() if type(place) is str} if type(found) is dict else {}


def tokens_of(hints: tuple[str, ...]) -> dict[str, str]:
    """The newest token of each account that has called."""
    return {account: token for account, _, token in (hint.partition(" ") for hint in hints)}


async def _pages(api: Api, account: str, places: dict[str, str], token: str) -> AsyncIterator[Batch]:
    """A page may be empty and not the last."""
    more = True
    while more:
        told, at = await _page(api, account, places.get(account, ""), token)
        listed, after, more = told.get("msg_list"), told.get("next_cursor"), told.get("has_more") == 1
        if more and (type(after) is not str or after == places.get(account, "")):
            raise Unreachable("WeCom says that there is more, and not behind which cursor.")
        if type(after) is str and after:
            places[account] = after
        found = listed if type(listed) is list else []
        requests = tuple(_request(account, each, at) for each in found)
        yield Batch((), orjson.dumps(places, option=orjson.OPT_SORT_KEYS).decode(), requests)


async def _page(api: Api, account: str, place: str, token: str) -> tuple[dict[str, Any], datetime]:
    """A token that is too old is refused, and asking without one may still be allowed."""
    asked: dict[str, Any] = {"open_kfid": account, "limit": AT_ONCE, "voice_format": AMR}
    asked |= {"cursor": place} if place else {}
    answer = await api.sync(asked | ({"token": token} if token else {}))
    try:
        return WECOM.require(answer), _now(answer)
    except Rejected:
        if not token:
            raise
    answer = await api.sync(asked)
    return WECOM.require(answer), _now(answer)


def _request(account: str, message: Any, at: datetime) -> Request:
    """A message as if it had been brought by a call of its own: it is kept as bytes, and read by `parse`."""
    return Request("SYNC", account, {}, {"content-type": "application/json"}, orjson.dumps(message), at)


def _now(answer: Answer) -> datetime:
    """WeCom's clock: an adapter asks none of its own."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return EARLIEST
