"""Channels are looked after through the real server: what is amiss is found, mended where it can be, and told to an admin.

What each platform may say is in the adapters' cases. Here is what only two sides together can show.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.line.fake import FakeLine
from adapters.telegram.fake import FakeTelegram
from adapters.wechat import Wechat, WechatConfig
from adapters.wechat.fake import FakeWechat, Fault
from channels import Checkup, Condition, Finding
from channels.errors import Unauthorized
from tests.e2e.served import PASSWORD, Served, secret, until
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

PUBLIC = "https://ucs.example"
PEOPLE = f"""
[acme.queue.support]
[acme.agent.ann]
password = "{PASSWORD}"
skills = {{ support = 9 }}
[acme.agent.amy]
password = "{PASSWORD}"
role = "admin"
"""
TELEGRAM = """
[acme.channel.telegram]
adapter = "telegram"
queue = "support"
config.token = "{token}"
config.secret_token = "{secret}"
config.api_base = "{base}"
"""
LINE = """
[acme.channel.line]
adapter = "line"
queue = "support"
config.channel_secret = "{secret}"
config.access_token = "{token}"
config.api_base = "{api}"
config.data_base = "{data}"
"""


async def check(server: Served, admin: str, channel: str, how: str = "POST") -> Any:
    what = "check" if how == "POST" else "health"
    return await server.ask(how, f"/admin/channels/{channel}/{what}", admin)


async def test_a_bot_is_set_up_parked_and_taken_up_again(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        telegram.between_webhooks = timedelta()  # checkups are hours apart in truth
        center = PEOPLE + TELEGRAM.format(
            token=secret(tmp_path, "token", telegram.token),
            secret=secret(tmp_path, "secret", "a-secret-that-telegram-repeats"),
            base=telegram.base,
        )
        async with Served(tmp_path, center, public_url=PUBLIC) as server:
            telegram.reached[PUBLIC] = server.url
            amy = (await server.desk("amy")).token
            before = await check(server, amy, "telegram", "GET")
            assert (before["state"], before["checked_at"], before["findings"]) == ("ok", None, [])

            # Nobody has called setWebhook: the first checkup does, with our secret.
            seen = await check(server, amy, "telegram")
            assert (seen["state"], [each["condition"] for each in seen["findings"]]) == ("ok", ["ok"])
            assert telegram.webhook == f"{PUBLIC}/hooks/telegram"
            assert "message_reaction" in (telegram.allowed_updates or ())
            uma = telegram.person("Uma")
            telegram.writes(uma, text="Hello")
            assert await telegram.deliver() == [200]
            assert (await check(server, amy, "telegram"))["findings"] == []

            # Somebody else has set another secret: what comes is refused, and the next checkup puts that right.
            telegram.secret = "another"
            telegram.writes(uma, text="Are you there?")
            assert await telegram.deliver() == [401]
            assert (await check(server, amy, "telegram"))["state"] == "ok"
            assert await telegram.deliver() == [200]

            # The token is revoked. Nobody has to write for that to be found.
            ann = await server.desk("ann")
            await ann.listen()
            await ann.ready()
            contact = await ann.offered()
            await ann.open(contact)
            await ann.act(contact, "accept")
            good, telegram.token = telegram.token, "7000000001:AAanotherANOTHERanotherANOTHERanot"
            seen = await check(server, amy, "telegram")
            assert (seen["state"], [each["condition"] for each in seen["findings"]]) == ("parked", ["broken"])
            await ann.act(contact, "messages", id="ann-0001", parts=[{"type": "text", "text": "I am."}])
            assert (await check(server, amy, "telegram"))["waiting"] == 1

            # It is good again, and what was held goes out.
            telegram.token = good
            assert (await check(server, amy, "telegram"))["state"] == "ok"
            await until(lambda: telegram.sent, 10, lambda: server.output)
            assert good not in server.output
            await ann.close()
        assert "channel mended" in server.output


async def test_line_is_given_our_address_and_tries_it(tmp_path: Path) -> None:
    async with FakeLine() as line:
        center = PEOPLE + LINE.format(
            secret=secret(tmp_path, "secret", line.secret),
            token=secret(tmp_path, "token", line.long_lived_token()),
            api=line.api_base,
            data=line.data_base,
        )
        async with Served(tmp_path, center, public_url=PUBLIC) as server:
            line.reached[PUBLIC] = server.url
            amy = (await server.desk("amy")).token
            assert (await check(server, amy, "line"))["state"] == "ok"
            assert line.endpoint == f"{PUBLIC}/hooks/line"
            assert (await check(server, amy, "line"))["findings"] == []
            line.reached[PUBLIC] = "http://127.0.0.1:9"
            assert (await check(server, amy, "line"))["state"] == "broken"
            line.reached[PUBLIC], line.endpoint_active = server.url, False
            assert (await check(server, amy, "line"))["state"] == "broken"
            line.endpoint_active, line.monthly_limit, line.monthly_used = True, 200, 190
            assert (await check(server, amy, "line"))["state"] == "degraded"


async def test_wechat_renews_its_token_and_says_how_much_is_left() -> None:
    async with FakeWechat("plain") as wechat:
        account = wechat.account
        given = {"appid": account.appid, "appsecret": account.secret, "token": account.token, "mode": "plain"}
        adapter = Wechat(WechatConfig.model_validate(given | {"api_base": wechat.api_base}))
        network = Network(Guard.allowing(("127.0.0.0/8",)))
        http, asked = ChannelHttp(network, "wechat-1", (account.secret,)), Checkup(datetime.now(UTC))
        assert (await adapter.health(asked, http)).findings == ()
        wechat.fail(Fault.STALE, path="/cgi-bin/openapi")
        assert (await adapter.health(asked, http)).condition is Condition.OK
        account.verified = False
        (found,) = (await adapter.health(asked, http)).findings
        assert isinstance(found, Finding)
        assert found.condition is Condition.BROKEN
        account.secret = "another secret of the account's"
        account.tokens.clear()
        with pytest.raises(Unauthorized):
            await adapter.health(asked, http)
        await network.close()
