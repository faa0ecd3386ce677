"""What goes wrong with platforms, and what an admin does about it: quarantine, dead letters, parked channels; health and figures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from typing import Any

import orjson
import pytest

from channels.wire import Request
from tests.api.house import LINE_SECRET, House, Ran
from ucs.api.exposition import counted
from ucs.api.metrics import Metrics
from ucs.runtime.engine.arrived import Quarantined
from ucs.runtime.engine.inputs import Wrote
from ucs.store import lookup
from ucs.store import tables as t


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.digest(LINE_SECRET.encode(), body, hashlib.sha256)
    return {"X-Line-Signature": base64.b64encode(digest).decode(), "Content-Type": "application/json"}


def webhook(*events: dict[str, Any]) -> bytes:
    return orjson.dumps({"destination": "U" + "0" * 32, "events": list(events)})


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "webhookEventId": f"01HXYZ{number:020}",
        "timestamp": 1772452800000,
        "mode": "active",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": "U" + "1" * 32},
        "replyToken": "token",
        "message": {"type": "text", "id": f"{number}", "quoteToken": "q", "text": "Hello"},
        **more,
    }


async def test_a_webhook_comes_in(house: House) -> None:
    body = webhook(event())
    async with await house.ask("POST", "/hooks/line", signed(body), data=body) as response:
        assert (response.status, await response.read()) == (200, b"")
    assert [contact.channel for contact in house.runtime.engine.memory.contacts.values()] == ["line"]


async def test_webhooks_that_are_none(house: House) -> None:
    body = webhook(event())
    async with await house.ask("POST", "/hooks/line", data=body) as response:
        assert response.status == 401
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    await house.no(401, "POST", "/hooks/line", {"X-Line-Signature": "\udcff"}, data=body)
    await house.no(404, "POST", "/hooks/site", signed(body), data=body)
    await house.no(404, "POST", "/hooks/nothing", data=body)
    await house.no(404, "POST", "/hooks/%00", data=body)
    await house.no(413, "POST", "/hooks/line", signed(body), data=io.BytesIO(b"x" * 2_000_000))
    assert not house.runtime.engine.memory.contacts
    assert await house.runtime.store.read(lookup.rows(t.arrival.select())) == []


async def test_a_server_that_closes_asks_to_come_again(house: House) -> None:
    await house.runtime.engine.close()
    body = webhook(event())
    async with await house.ask("POST", "/hooks/line", signed(body), data=body) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0


async def quarantined(house: House, body: bytes) -> dict[str, Any]:
    async with await house.ask("POST", "/hooks/line", signed(body), data=body) as response:
        assert response.status in (200, 400)
    amy = await house.agent("amy")
    (found,) = (await house.ok("GET", "/admin/quarantine", amy.headers))["arrivals"]
    assert base64.b64decode(found["body"]) == body
    return dict(found)


async def test_what_cannot_be_read_waits_and_is_read_again(house: House) -> None:
    found = await quarantined(house, b"not json")
    assert (found["channel"], found["outcome"]) == ("line", "unreadable")
    amy, gina = await house.agent("amy"), await house.agent("gina", "globex")
    path = f"/admin/quarantine/{found['id']}/read-again"
    await house.no(409, "POST", path, amy.headers)
    await house.no(404, "POST", path, gina.headers)
    assert (await house.ok("GET", "/admin/quarantine", gina.headers))["arrivals"] == []
    await learnt(house, found["id"], webhook(event()))
    assert (await house.ok("POST", path, amy.headers)) == {"taken": 1}
    assert len(house.runtime.engine.memory.contacts) == 1
    await house.no(409, "POST", path, amy.headers)
    assert (await house.ok("GET", "/admin/quarantine", amy.headers))["arrivals"] == []


@pytest.mark.parametrize("body", [b"not json", webhook(event())], ids=["unreadable", "readable by now"])
async def test_what_was_too_large_for_a_row_is_behind_a_link(house: House, body: bytes) -> None:
    files, channel = house.runtime.outward.raw_files, house.runtime.engine.center.channel("line")
    request = Request("FETCH", "box/1", {}, {"content-type": "message/rfc822"}, b"", house.runtime.engine.now())
    item = files.until(await files.keep(channel, request, body), understood=False)
    await house.runtime.engine.submit(Quarantined("line", request, "Nobody could read it.", item))
    amy, gina = await house.agent("amy"), await house.agent("gina", "globex")
    (found,) = (await house.ok("GET", "/admin/quarantine", amy.headers))["arrivals"]
    assert (found["body"], found["head"]["size"]) == ("", len(body))
    async with await house.ask("GET", found["link"]) as response:
        assert (response.status, await response.read()) == (200, body)
        assert response.headers["Content-Disposition"].startswith("attachment")
    await house.no(404, "GET", f"/desk/media/{found['head']['media']}", amy.headers)
    path = f"/admin/quarantine/{found['id']}/read-again"
    await house.no(404, "POST", path, gina.headers)
    if body == b"not json":
        await house.no(409, "POST", path, amy.headers)
    else:
        assert (await house.ok("POST", path, amy.headers)) == {"taken": 1}


async def test_what_was_unknown_and_seen_is_taken_when_it_is_known(house: House) -> None:
    unknown = event(7, type="newfangled")
    found = await quarantined(house, webhook(event(6), unknown))
    assert found["outcome"] == "unknown"
    amy, path = await house.agent("amy"), f"/admin/quarantine/{found['id']}/read-again"
    problem = await house.no(409, "POST", path, amy.headers)
    assert "newfangled" in problem["detail"]
    await learnt(house, found["id"], webhook(event(6), event(7)))
    assert (await house.ok("POST", path, amy.headers)) == {"taken": 1}
    (contact,) = house.runtime.engine.memory.contacts.values()
    lines = await house.runtime.store.read(lookup.entries(contact.id, 0))
    assert [line.body["platform"] for line in lines if line.kind == "message"] == ["6", "7"]


async def learnt(house: House, id: str, body: bytes) -> None:
    """As if the adapter had learnt to read it: the bytes are exchanged instead."""
    await house.runtime.engine.submit(Ran(t.arrival.update().where(t.arrival.c.id == id).values(body=body)))


async def dead_letter(house: House) -> tuple[str, str]:
    """A letter to a LINE customer that was given up: its id and its contact."""
    body = webhook(event())
    async with await house.ask("POST", "/hooks/line", signed(body), data=body):
        pass
    (contact,) = house.runtime.engine.memory.contacts.values()
    trouble = {"kind": "Rejected", "reason": "The customer has blocked us.", "code": "403"}
    letter = {"parts": [{"type": "text", "text": "Hi"}], "since": house.clocks.at, "trouble": trouble}
    row = ("e1", "line", contact.address, contact.id, 2, "send", "dead", 3, 1, orjson.dumps(letter).decode())
    await house.runtime.engine.submit(Wrote((("add_outbox", row),)))
    return "e1", contact.id


async def test_dead_letters_are_shown_and_sent_again(house: House) -> None:
    id, contact = await dead_letter(house)
    amy, gina = await house.agent("amy"), await house.agent("gina", "globex")
    (letter,) = (await house.ok("GET", "/admin/outbox", amy.headers))["errands"]
    assert (letter["id"], letter["state"], letter["held"], letter["code"]) == (id, "dead", False, "403")
    assert (await house.ok("GET", "/admin/outbox", gina.headers))["errands"] == []
    assert (await house.ok("GET", f"/admin/outbox?before={id}", amy.headers))["errands"] == []
    await house.no(404, "POST", f"/admin/outbox/{id}/send-again", gina.headers)
    await house.no(404, "POST", "/admin/outbox/nothing/send-again", amy.headers)
    await house.runtime.outward.parking.park(house.api.center.channels["line"], "The token has expired.")
    again = await house.ok("POST", f"/admin/outbox/{id}/send-again", amy.headers)
    assert again["contact"] == contact
    (letter,) = (await house.ok("GET", "/admin/outbox", amy.headers))["errands"]
    assert (letter["state"], letter["held"]) == ("pending", True)
    await house.no(409, "POST", f"/admin/outbox/{id}/send-again", amy.headers)
    await house.no(409, "DELETE", f"/admin/outbox/{id}", amy.headers)


async def test_a_dead_letter_can_be_given_up_and_the_timeline_says_so(house: House) -> None:
    id, contact = await dead_letter(house)
    amy, gina = await house.agent("amy"), await house.agent("gina", tenant="globex")
    await house.no(404, "DELETE", f"/admin/outbox/{id}", gina.headers)
    line = await house.ok("DELETE", f"/admin/outbox/{id}", amy.headers)
    assert line["contact"] == contact
    told = await house.ok("GET", f"/desk/contacts/{contact}?after={line['seq'] - 1}", amy.headers)
    entry = told["entries"][0]
    assert (entry["kind"], entry["by"], entry["body"]) == ("given_up", "agent:amy", {"of": 2, "kind": "send"})
    assert (await house.ok("GET", "/admin/outbox", amy.headers))["errands"] == []
    await house.no(404, "DELETE", f"/admin/outbox/{id}", amy.headers)
    await house.no(404, "POST", f"/admin/outbox/{id}/send-again", amy.headers)


async def test_a_parked_channel_is_seen_and_taken_up_again(house: House) -> None:
    amy, gina = await house.agent("amy"), await house.agent("gina", "globex")
    assert (await house.ok("GET", "/admin/channels/line/health", amy.headers))["state"] == "ok"
    await house.runtime.outward.parking.park(house.api.center.channels["line"], "The token has expired.")
    seen = await house.ok("GET", "/admin/channels/line/health", amy.headers)
    assert (seen["state"], seen["reason"]) == ("parked", "The token has expired.")
    assert (await house.ok("GET", "/health"))["parked"] == 1
    for path in ("/admin/channels/line/unpark", "/admin/channels/nothing/unpark"):
        await house.no(404, "POST", path, gina.headers)
    assert (await house.ok("POST", "/admin/channels/line/unpark", amy.headers))["state"] == "ok"


async def test_a_channel_is_asked_how_it_is(house: House) -> None:
    """Its platform is where the guard lets nobody go."""
    amy, gina = await house.agent("amy"), await house.agent("gina", "globex")
    before = await house.ok("GET", "/admin/channels/line/health", amy.headers)
    assert (before["state"], before["checked_at"], before["findings"]) == ("ok", None, [])
    for channel in ("line", "nothing"):
        await house.no(404, "POST", f"/admin/channels/{channel}/check", gina.headers)
    asked = await house.ok("POST", "/admin/channels/line/check", amy.headers)
    assert asked == await house.ok("GET", "/admin/channels/line/health", amy.headers)
    (found,) = asked["findings"]
    assert (asked["state"], found["condition"], found["until"]) == ("degraded", "degraded", None)
    assert found["reason"].startswith("The platform cannot say how the channel is:")
    assert asked["checked_at"] is not None
    site = await house.ok("POST", "/admin/channels/site/check", amy.headers)  # our own web chat has nobody to ask
    assert (site["state"], site["checked_at"]) == ("ok", None)
    assert 'ucs_channel_health{channel="line"} 1.0' in await figures_told(house)
    await house.runtime.outward.parking.park(house.api.center.channels["line"], "The token has expired.")
    told = await figures_told(house)
    assert 'ucs_channel_health{channel="line"} 2.0' in told
    assert 'ucs_channel_health{channel="site"}' not in told


async def test_a_channel_that_cannot_be_asked_is_not_well_though_nobody_looked(house: House) -> None:
    amy, asked = await house.agent("amy"), house.runtime.outward.polling.asked
    asked.failed("site", "It is down.")
    seen = await house.ok("GET", "/admin/channels/site/health", amy.headers)
    assert (seen["state"], seen["checked_at"]) == ("degraded", None)
    assert seen["findings"][0]["reason"].endswith("It is down.")
    assert 'ucs_channel_health{channel="site"} 1.0' in await figures_told(house)
    asked.went_well("site")
    assert 'ucs_channel_health{channel="site"} 0.0' in await figures_told(house)


async def test_health_is_public_and_says_little(house: House) -> None:
    health = await house.ok("GET", "/health")
    assert {name: health[name] for name in ("live", "ready", "store", "parked")} == {
        "live": True,
        "ready": True,
        "store": True,
        "parked": 0,
    }


async def test_a_store_that_cannot_be_written_is_not_ready(house: House) -> None:
    await house.runtime.engine.submit(Ran(t.cursor.delete()))
    await house.runtime.engine.submit(_Drops())
    async with await house.ask("GET", "/health") as response:
        assert (response.status, (await response.json())["ready"]) == (503, False)


class _Drops:
    """The table that health writes to is gone."""

    def apply(self, work: Any) -> None:
        work.connection.exec_driver_sql("DROP TABLE cursor")


async def test_asking_for_health_all_the_time_writes_once_a_second(house: House) -> None:
    await house.ok("GET", "/health")
    applied = house.runtime.engine.applied
    for _ in range(5):
        await house.ok("GET", "/health")
    assert house.runtime.engine.applied == applied
    house.clocks.later(seconds=1)
    await house.ok("GET", "/health")
    assert house.runtime.engine.applied == applied + 1


async def test_figures_for_prometheus(house: House) -> None:
    _, _, contact, _ = await house.talking()
    amy = await house.agent("amy")
    await dead_letter_of(house, contact)
    await house.no(401, "GET", "/metrics")
    await house.no(403, "GET", "/metrics", amy.headers)
    await house.no(404, "GET", "/nothing/here")
    async with await house.ask("GET", "/metrics", house.operator) as response:
        assert response.status == 200
        lines = (await response.text()).splitlines()
    figures = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}
    assert figures['ucs_http_requests_total{method="POST",route="/desk/sign-in",status="200"}'] == 2
    assert figures['ucs_http_requests_total{method="GET",route="",status="404"}'] == 1
    assert figures['ucs_http_seconds_count{method="POST",route="/desk/sign-in"}'] == 2
    assert figures['ucs_contacts_open{state="talking",tenant="acme"}'] == 1
    assert figures['ucs_queue_waiting{queue="support",tenant="acme"}'] == 0
    assert figures['ucs_seats{state="idle",tenant="acme"}'] == 1
    assert figures['ucs_outbox{channel="site",state="dead"}'] == 1
    assert figures['ucs_channel_parked{channel="line"}'] == 0
    assert figures['ucs_failures_total{kind="untrusted"}'] == 1
    assert figures["ucs_engine_inputs_total"] > figures["ucs_engine_batches_total"] / 2 > 1
    assert not [line for line in lines if contact in line]


async def figures_told(house: House) -> str:
    async with await house.ask("GET", "/metrics", house.operator) as response:
        return await response.text()


async def dead_letter_of(house: House, contact: str) -> None:
    row = ("e2", "site", "a", contact, 2, "send", "dead", 3, 1, "{}")
    await house.runtime.engine.submit(Wrote((("add_outbox", row),)))


@pytest.mark.parametrize(("outcome", "kind"), [("untrusted", "untrusted"), ("accepted", None)])
def test_outcomes_that_are_failures_are_counted_as_such(outcome: str, kind: str | None) -> None:
    metrics = Metrics()
    metrics.happened("line", outcome)
    failures = next(family for family in counted(metrics) if family.name == "ucs_failures")
    assert [sample.labels["kind"] for sample in failures.samples] == ([kind] if kind else [])
