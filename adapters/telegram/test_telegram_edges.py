"""What a case cannot say: the SDK's three hazards, when it is imported, links in texts, waiting times, configuration."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from adapters.telegram import Telegram, TelegramConfig
from adapters.telegram.content import parts_of
from adapters.telegram.refusals import refusal_of
from channels import Answer, MediaLink, Outbound, Request
from channels.errors import DeliveryError, Rejected, Throttled, Untrusted
from channels.kit import Call, FakeHttp
from channels.kit.play import PICTURE
from channels.parts import File, Image, MediaRef, Part, Sticker, Text

AT = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "7000000001:AAtestsTESTStestsTESTStestsTESTS0"
GIVEN = {"token": TOKEN, "secret_token": "secret-token-of-the-tests"}
STICKER = "CAACAgIAAxkBAAIBQ2Z0ZXN0dGVzdHRlc3R0ZXN0"
SENT = Answer(200, b'{"ok":true,"result":{"message_id":42}}')


def telegram(**values: Any) -> Telegram:
    return Telegram(TelegramConfig.model_validate(GIVEN | values))


def say(part: Part, link: MediaLink = PICTURE, http: FakeHttp | None = None) -> FakeHttp:
    http = http or FakeHttp(lambda call: SENT)
    message = Outbound("a-key", "5001", (part,), AT, {"m1": link})
    asyncio.run(telegram().send(message, http))
    return http


@pytest.mark.parametrize("named", [STICKER, "secret.txt", "m1"])
def test_no_word_of_ours_or_of_a_customer_s_opens_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """Given a text, the SDK looks for a file of that name and uploads it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / named).write_text("what nobody may read")
    from telegram._utils.files import parse_file_input

    assert b"nobody" in parse_file_input(named).input_file_content  # type: ignore[union-attr]  # the hazard is there
    link = MediaLink("https://media.example/f", "", named, "application/pdf", 17)
    for part in (Sticker(named, named), File("m1", named, named), Image("m1", named), Text(named)):
        http = say(part, link)
        assert http.calls
        assert "nobody" not in repr(http.calls)


def test_a_file_comes_from_telegram_and_not_from_our_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK reads a file of our own where one lies under the path that Telegram names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "file_0.jpg").write_text("what nobody may read")
    found = b'{"ok":true,"result":{"file_id":"A","file_path":"photos/file_0.jpg"}}'
    http = FakeHttp(lambda call: Answer(200, found if call.index == 0 else b"Telegram's bytes"))

    async def fetched() -> bytes:
        stream = await telegram().fetch(MediaRef("A"), http)
        return b"".join([chunk async for chunk in stream.chunks])

    assert asyncio.run(fetched()) == b"Telegram's bytes"
    assert http.calls[1].url.endswith("/photos/file_0.jpg")


def test_no_log_has_the_token_in_it(caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs every address, and every address has the token in it; so it is never asked."""
    caplog.set_level(logging.DEBUG)
    say(Text("Hello"))
    say(Image("m1"))
    http = FakeHttp(lambda call: Answer(400, b'{"ok":false,"error_code":400,"description":"Bad Request: no"}'))
    with pytest.raises(Rejected) as refused:
        say(Text("Hello"), http=http)
    told = "".join(f"{record.name} {record.getMessage()} {record.exc_text}\n" for record in caplog.records)
    assert TOKEN not in told
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    assert TOKEN not in f"{refused.value!r}"


def in_a_process_of_its_own(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)  # noqa: S603


def test_the_sdk_is_imported_when_a_channel_is_configured_and_not_before() -> None:
    in_a_process_of_its_own(
        "import sys\n"
        "from pathlib import Path\n"
        "from channels.plugins import load, parse_config\n"
        "adapter = load(Path('plugins.toml')).adapters['telegram']\n"
        "assert not {'telegram', 'httpx'} & set(sys.modules), 'imported at the start'\n"
        f"parse_config(adapter, {GIVEN!r}, 'center.toml', 'config')\n"
        "assert 'telegram' in sys.modules\n"
    )


def test_a_missing_sdk_is_a_complaint_that_says_what_to_do() -> None:
    in_a_process_of_its_own(
        "import sys\n"
        "sys.modules['telegram'] = None\n"
        "from adapters.telegram import Telegram\n"
        "from channels.errors import ConfigError\n"
        "from channels.plugins import parse_config\n"
        "try:\n"
        f"    parse_config(Telegram, {GIVEN!r}, 'center.toml', 'config')\n"
        "except ConfigError as error:\n"
        "    assert \"pip install 'unified-channel-service[telegram]'\" in str(error), error\n"
        "else:\n"
        "    raise SystemExit('no complaint')\n"
    )


def test_a_channel_is_called_or_asks_and_never_both() -> None:
    called, asks = telegram(), telegram(mode="polling", secret_token=None)
    assert called.powers - asks.powers == {"verify", "answer", "parse"}
    assert asks.powers - called.powers == {"poll"}
    with pytest.raises(Untrusted):
        asks.verify(Request("POST", "/", {}, {"x-telegram-bot-api-secret-token": ""}, b"{}", AT))


@pytest.mark.parametrize(
    ("text", "entities", "read"),
    [
        ("see a and b", [(4, 1, "https://a"), (10, 1, "https://b")], "see a (https://a) and b (https://b)"),
        ("👨‍👩‍👧 x", [(9, 1, "https://x")], "👨‍👩‍👧 x (https://x)"),
        ("short", [(90, 5, "https://x")], "short (https://x)"),
        ("short", [(-1, 2, "https://x")], "short"),
        ("short", [(0, 0, "https://x")], "short"),
        ("short", [(0, 1, None)], "short"),
        ("a\rb\r\nc", [], "a\nb\nc"),
    ],
)
def test_links_behind_words(text: str, entities: list[tuple[int, int, Any]], read: str) -> None:
    marked = [{"type": "text_link", "offset": o, "length": n, "url": u} for o, n, u in entities]
    assert parts_of({"text": text, "entities": [*marked, None, {"type": "bold"}]}) == (Text(read),)


@pytest.mark.parametrize(
    ("body", "header", "wait"),
    [
        ({"parameters": {"retry_after": 5}}, "9", timedelta(seconds=5)),
        ({"parameters": {"retry_after": 10**9}}, "", timedelta(hours=1)),
        ({"parameters": {"retry_after": "5"}}, "9", timedelta(seconds=9)),
        ({"parameters": []}, "soon", None),
        ({}, "", None),
        ({"parameters": {"retry_after": -5}}, "", None),
        ({"parameters": {"retry_after": 0}}, "", None),
    ],
)
def test_how_long_telegram_wants_to_be_left_alone(body: dict[str, Any], header: str, wait: timedelta | None) -> None:
    error = refusal_of(Answer(429, orjson.dumps(body), {"retry-after": header}))
    assert isinstance(error, Throttled)
    assert error.retry_after == wait


def test_a_message_without_an_answer_is_sent_once() -> None:
    assert not Telegram.manifest.resend_safe


@pytest.mark.parametrize("status", [401, 404, 429, 500, 302])
def test_a_file_that_cannot_be_had_is_no_file(status: int) -> None:
    found = b'{"ok":true,"result":{"file_path":"a"}}'
    http = FakeHttp(lambda call: Answer(200, found) if call.index == 0 else Answer(status))
    with pytest.raises(DeliveryError):
        asyncio.run(telegram().fetch(MediaRef("A"), http))


def test_after_a_quiet_week_telegram_may_count_from_below() -> None:
    """Asking for an update has the ones before it forgotten: only those are, that we have had in the batch just before."""
    pages = [[7, 8], [], [3], [4]]
    asked: list[str | None] = []

    def page(call: Call) -> Answer:
        asked.append((call.form or {}).get("offset"))
        updates = [{"update_id": number} for number in pages[call.index]]
        return Answer(200, orjson.dumps({"ok": True, "result": updates}))

    async def all_of_them() -> list[str]:
        batches = telegram(mode="polling").poll("500", FakeHttp(page))
        return [(await anext(batches)).cursor for _ in range(4)]

    assert asyncio.run(all_of_them()) == ["9", "9", "4", "5"]
    assert asked == [None, "9", None, "4"]


def test_a_press_in_an_answer_without_a_clock_has_some_time() -> None:
    chat = {"id": 5, "type": "private"}
    query = {"id": "1", "data": "x", "from": {"id": 5}, "message": {"chat": chat, "message_id": 1, "date": 0}}
    body = orjson.dumps({"ok": True, "result": [{"update_id": 1, "callback_query": query}]})
    http = FakeHttp(lambda call: Answer(200, body))

    async def first() -> datetime:
        batches = telegram(mode="polling").poll("", http)
        async for batch in batches:
            return batch.events[0].at
        raise AssertionError

    assert asyncio.run(first()).year == 2001


@pytest.mark.parametrize(
    "values",
    [
        {"token": ""},
        {"token": "AAtestsTESTStestsTESTStestsTESTS0"},
        {"token": "1:short"},
        {"secret_token": ""},
        {"secret_token": "with space"},
        {"secret_token": "a" * 257},
        {"secret_token": None},
        {"mode": "push"},
        {"api_base": "api.telegram.org"},
        {"poll_for": 51},
        {"poll_for": 0},
        {"tokn": "a-typing-mistake"},
    ],
)
def test_configuration_that_cannot_work_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        telegram(**values)
    assert TOKEN not in str(refused.value)


def test_configuration_as_people_write_it() -> None:
    config = telegram(api_base="https://proxy.example/telegram/", poll_for=20).config
    assert config.api_base == "https://proxy.example/telegram"
    assert config.poll_for == timedelta(seconds=20)
    assert TOKEN not in repr(config)
