"""XOAUTH2 against servers that check it: Dovecot, which asks the issuer about each token, and a relay that knows the good ones."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.email import Email
from adapters.email.mails_of_the_tests import OWN, SECRET
from channels.errors import Unauthorized
from tests.e2e.mail.dovecot import FOUND, Dovecot, trusting
from tests.e2e.mail.oauth import CLIENT, CLIENT_SECRET, REFRESH, Issuer
from tests.e2e.mail.relay import Relay
from tests.e2e.served import Served, secret, until
from tests.e2e.test_crash import rows
from tests.e2e.test_email_adapter import adapter, brought, hello, said, texts
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)
CENTER = """
[acme.queue.support]
[acme.channel.mail]
adapter = "email"
queue = "support"
[acme.channel.mail.config]
address = "{own}"
mark_secret = "{mark}"
oauth_url = "http://127.0.0.1:{issuer}/token"
client_id = "{client}"
client_secret = "{client_secret}"
refresh_token = "{refresh}"
imap_host = "localhost"
imap_port = {imap}
smtp_host = "localhost"
read_all = true
"""


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer(OWN) as issuer:
        yield issuer


@pytest.fixture
async def dovecot(issuer: Issuer) -> AsyncIterator[Dovecot]:
    async with Dovecot(OWN, tokens=issuer.port) as dovecot:
        yield dovecot


@pytest.fixture
async def relay(dovecot: Dovecot, issuer: Issuer) -> AsyncIterator[Relay]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(dovecot.folder / "cert.pem", dovecot.folder / "key.pem")
    async with Relay(OWN, tls, tokens=issuer.good) as relay:
        yield relay


@pytest.fixture
async def http(dovecot: Dovecot) -> AsyncIterator[ChannelHttp]:
    network = Network(Guard.allowing(("localhost", "127.0.0.1")), tls=trusting(dovecot.folder))
    yield ChannelHttp(network, "mail", [REFRESH, CLIENT_SECRET])
    await network.close()


@pytest.fixture
def mailbox(dovecot: Dovecot, relay: Relay, issuer: Issuer) -> Email:
    return adapter(dovecot, relay, **issuer.settings)


async def test_one_token_opens_both_servers(
    mailbox: Email, dovecot: Dovecot, relay: Relay, issuer: Issuer, http: ChannelHttp
) -> None:
    await dovecot.deliver(hello(1))
    assert texts(mailbox, await brought(mailbox, http, 1)) == ["Hello 1"]
    await mailbox.send(said("Hi"), http)
    assert len(relay.mails) == 1
    assert issuer.issued == 1


async def test_a_token_that_is_refused_is_fetched_anew_once(
    mailbox: Email, dovecot: Dovecot, relay: Relay, issuer: Issuer, http: ChannelHttp
) -> None:
    await dovecot.deliver(hello(1))
    await brought(mailbox, http, 1)
    issuer.expire()
    assert texts(mailbox, await brought(mailbox, http, 1)) == ["Hello 1"]
    assert issuer.issued == 2
    issuer.expire()
    await mailbox.send(said("Hi"), http)
    assert len(relay.mails) == 1
    assert issuer.issued == 3


async def test_new_tokens_that_are_refused_are_not_asked_for_again_and_again(
    mailbox: Email, relay: Relay, issuer: Issuer, http: ChannelHttp
) -> None:
    """The consent is for another mailbox: each server is asked twice, and says no."""
    issuer.address = "another@shop.example"
    with pytest.raises(Unauthorized):
        await brought(mailbox, http, 1)
    assert issuer.issued == 2
    relay.tokens = set()
    with pytest.raises(Unauthorized):
        await mailbox.send(said("Hi"), http)
    assert issuer.issued == 3
    assert relay.mails == []


async def test_a_consent_that_was_taken_back_parks_the_channel(
    dovecot: Dovecot, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real server: the channel is parked with a sentence that says what to do, and without a secret."""
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
    await dovecot.deliver(hello(1))
    issuer.revoked = True
    center = CENTER.format(
        own=OWN,
        mark=secret(tmp_path, "mark", SECRET),
        issuer=issuer.port,
        client=CLIENT,
        client_secret=secret(tmp_path, "client", CLIENT_SECRET),
        refresh=secret(tmp_path, "refresh", REFRESH),
        imap=dovecot.imaps,
    )
    async with Served(tmp_path, center) as server:
        await until(lambda: rows(server, "SELECT reason FROM park"), 15, lambda: server.output)
        ((reason,),) = rows(server, "SELECT reason FROM park")
        assert "have the mailbox's owner consent anew" in reason
        assert REFRESH not in server.output
        assert CLIENT_SECRET not in server.output
        assert rows(server, "SELECT count(*) FROM contact") == [(0,)]
