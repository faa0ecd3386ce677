"""OAuth: the short-lived tokens with which a mailbox is opened where passwords are no longer taken. RFC 6749, RFC 7628

The providers: https://developers.google.com/gmail/imap/xoauth2-protocol and
https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

from __future__ import annotations

import base64
from datetime import timedelta

from adapters.email.config import EmailConfig
from channels import Http, Token
from channels.errors import Throttled, Unauthorized, Uncertain, Unreachable


async def access_token(config: EmailConfig, http: Http, refused: str = "") -> str:
    """The token that is good now. `refused`: the one that a server has just turned down."""

    async def renew() -> Token:
        return await _issued(config, http)

    return await http.token("mail", renew, refused=refused)


async def give_up_token(config: EmailConfig, http: Http, token: str) -> str:
    """Another token in the place of one that was turned down."""
    return await access_token(config, http, token)


def bearer(login: str, token: str) -> str:
    """The initial response of XOAUTH2."""
    return base64.b64encode(f"user={login}\x01auth=Bearer {token}\x01\x01".encode()).decode()


async def _issued(config: EmailConfig, http: Http) -> Token:
    """https://www.rfc-editor.org/rfc/rfc6749#section-6"""
    form = {"grant_type": "refresh_token", "client_id": config.client_id}
    if config.refresh_token is not None:
        form["refresh_token"] = config.refresh_token.get_secret_value()
    if config.client_secret is not None:
        form["client_secret"] = config.client_secret.get_secret_value()
    try:
        answer = await http.request("POST", config.oauth_url, form=form)
    except Uncertain as error:  # nothing of the customer's has gone out yet
        raise Unreachable(f"No access token was issued: {error.reason}") from error
    if answer.status == 429:
        raise Throttled("Access tokens are issued more slowly than we ask for them.", code="429")
    if answer.status >= 500:
        raise Unreachable(f"No access token was issued: the server answered {answer.status}.", code=str(answer.status))
    if answer.status != 200:
        raise Unauthorized(
            f"No access token was issued, the server answered {answer.status}: have the mailbox's owner consent anew, and put the"
            " new refresh_token into the channel's settings.",
            code=str(answer.status),
        )
    issued = answer.json()
    value, seconds = (issued.get("access_token"), issued.get("expires_in", 3600)) if type(issued) is dict else (None, 0)
    if type(value) is not str or type(seconds) is not int or not value:
        raise Unreachable("The answer to our request for an access token has no token in it.")
    return Token(value, timedelta(seconds=seconds))
