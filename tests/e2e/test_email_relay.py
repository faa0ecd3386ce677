"""Handing mails over, one after the other, to a relay that counts how often we come: aiosmtpd, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.email import Email, EmailConfig
from adapters.email.mails_of_the_tests import ANN, OWN, SECRET
from channels import Outbound
from channels.errors import DeliveryError, Rejected, Throttled, Uncertain, Unreachable
from channels.parts import Text
from tests.e2e.mail.dovecot import PASSWORD, make_certificate, trusting
from tests.e2e.mail.relay import Relay
from tests.e2e.served import until
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

START = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("relay")
    make_certificate(folder)
    return folder


@pytest.fixture
async def relay(folder: Path) -> AsyncIterator[Relay]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    async with Relay(OWN, tls) as relay:
        yield relay


@pytest.fixture
async def network(folder: Path) -> AsyncIterator[Network]:
    network = Network(Guard.allowing(("localhost", "127.0.0.1")), tls=trusting(folder))
    yield network
    await network.close()


@pytest.fixture
def http(network: Network) -> ChannelHttp:
    return ChannelHttp(network, "mail", [PASSWORD])


@pytest.fixture
def mailbox(relay: Relay) -> Email:
    values = {"address": OWN, "mark_secret": SECRET, "password": PASSWORD, "imap_host": "localhost"}
    smtp = {"smtp_host": "localhost", "smtp_port": relay.port, "smtp_security": "starttls"}
    return Email(EmailConfig.model_validate(values | smtp))


def said(number: int, words: str = "Hello") -> Outbound:
    return Outbound(f"key-{number}", ANN, (Text(words),), START)


async def sent(mailbox: Email, http: ChannelHttp, *numbers: int) -> list[str]:
    return [(await mailbox.send(said(number), http)).messages[0] for number in numbers]


def taken(relay: Relay) -> list[str]:
    """The Message-IDs of what the relay has, in their order."""
    lines = [
        line for each in relay.mails for line in each.content.decode().split("\r\n") if line.startswith("Message-ID")
    ]
    return [line.partition(" ")[2] for line in lines]


async def test_many_mails_are_one_sign_in(mailbox: Email, relay: Relay, http: ChannelHttp) -> None:
    ids = await sent(mailbox, http, *range(20))
    assert taken(relay) == ids
    assert len(set(ids)) == 20
    assert len(relay.connections) == 1
    assert all(mail.encrypted for mail in relay.mails)


async def test_mails_at_the_same_time_have_a_session_each(mailbox: Email, relay: Relay, http: ChannelHttp) -> None:
    ids = await asyncio.gather(*(sent(mailbox, http, number) for number in range(6)))
    assert sorted(taken(relay)) == sorted(id for (id,) in ids)
    known = len(relay.connections)
    assert known <= 6
    await sent(mailbox, http, *range(6, 12))
    assert len(relay.connections) == known


async def test_a_session_that_the_server_ended_is_begun_anew(mailbox: Email, relay: Relay, http: ChannelHttp) -> None:
    ids = await sent(mailbox, http, 1)
    relay.connections[0].transport.close()  # as it does when nothing was said for a while
    await until(lambda: relay.connections[0].transport is None, 10, str)
    ids += await sent(mailbox, http, 2)
    assert taken(relay) == ids
    assert len(relay.connections) == 2


@pytest.mark.parametrize("too_many", ["421 4.7.0 too many mails in one session", "550 5.5.1 enough", ""])
async def test_what_a_kept_session_says_but_yes_is_said_of_the_session(
    mailbox: Email, relay: Relay, http: ChannelHttp, too_many: str
) -> None:
    """A server that takes two mails in each, and answers the third with a refusal, or hangs up when it begins."""
    relay.most, relay.too_many = 2, too_many
    ids = await sent(mailbox, http, *range(7))
    assert taken(relay) == ids
    assert len(relay.connections) == 4


async def test_what_a_new_session_says_is_said_of_the_mail(mailbox: Email, relay: Relay, http: ChannelHttp) -> None:
    """So a server that takes none is asked once more, and not again and again."""
    ids = await sent(mailbox, http, 1)
    relay.most = 0
    with pytest.raises(Throttled, match="too many"):
        await sent(mailbox, http, 2)
    assert taken(relay) == ids
    assert len(relay.connections) == 2


@pytest.mark.parametrize("length", [5, 300_000])
async def test_a_mail_that_has_begun_goes_out_once_whatever_becomes_of_its_session(
    mailbox: Email, relay: Relay, http: ChannelHttp, length: int
) -> None:
    """The server dies while the mail comes. Where all of it may have gone out it is uncertain; else the runtime tries it again."""
    ids = await sent(mailbox, http, 1)
    relay.cut = True
    with pytest.raises((Unreachable, Uncertain)):
        await mailbox.send(said(2, "x" * length), http)
    assert len(relay.connections) == 1
    relay.cut = False
    ids += await sent(mailbox, http, 3)
    assert taken(relay) == ids
    assert len(relay.connections) == 2


async def test_a_lost_answer_is_uncertain_in_a_kept_session_too(
    mailbox: Email, relay: Relay, http: ChannelHttp
) -> None:
    ids = await sent(mailbox, http, 1)
    relay.lose = True
    with pytest.raises(Uncertain):
        await sent(mailbox, http, 2)
    assert len(relay.connections) == 1
    relay.lose = False
    ids += await sent(mailbox, http, 3)
    assert taken(relay) == ids
    assert len(relay.connections) == 2


@pytest.mark.parametrize(
    ("answer", "to", "kind"),
    [
        ("550 5.7.1 not this one", "", Rejected),
        ("451 4.3.0 later", "", Unreachable),
        ("", "550 5.1.1 nobody of that name", Rejected),
    ],
)
async def test_after_a_refusal_nothing_of_that_mail_is_left(
    mailbox: Email, relay: Relay, http: ChannelHttp, answer: str, to: str, kind: type[DeliveryError]
) -> None:
    """The next mail has its own receivers and no others, in a session of its own."""
    ids = await sent(mailbox, http, 1)
    relay.answers.extend([answer] if answer else [])
    relay.to = {"ben@mail.example": to} if to else {}
    with pytest.raises(kind):
        await mailbox.send(Outbound("key-2", "ben@mail.example", (Text("Hello"),), START), http)
    ids += await sent(mailbox, http, 3)
    assert taken(relay) == ids
    assert [mail.recipients for mail in relay.mails] == [(ANN,), (ANN,)]
    assert (len(relay.connections), relay.goodbyes) == (2, 0)


async def test_it_says_goodbye(mailbox: Email, relay: Relay, http: ChannelHttp, network: Network) -> None:
    """When the server ends, as after a minute and with new settings: the relay does not wait for more."""
    await sent(mailbox, http, 1)
    assert relay.goodbyes == 0
    await network.close()
    assert relay.goodbyes == 1
