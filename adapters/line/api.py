"""Calling LINE: the address, the access token, and one new try when a token of ours is turned down.

Not here: what to send (`outbound.py`), when to send it how (`__init__.py`), what a refusal means (`refusals.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.line.config import LineConfig
from adapters.line.refusals import refusal_of
from channels import Answer, Http, Stream, Token
from channels.errors import Rejected, Unauthorized, Uncertain, Unreachable


class Api:
    """The two hosts of one LINE channel, as seen through the `Http` of one call."""

    def __init__(self, config: LineConfig, http: Http) -> None:
        self._config = config
        self._http = http

    async def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Any answer that LINE gives; with a token of our own making a 401 is worth one fresh token and a second try."""
        return await self._request("POST", self._config.api_base + path, json, headers or {})

    async def put(self, path: str, json: Any) -> Answer:
        return await self._request("PUT", self._config.api_base + path, json, {})

    async def get(self, path: str) -> Answer:
        return await self._request("GET", self._config.api_base + path, None, {})

    async def get_content(self, path: str) -> Answer:
        """A small answer of the host that keeps what customers sent."""
        return await self._request("GET", self._config.data_base + path, None, {})

    async def stream_content(self, path: str) -> tuple[Answer, Stream]:
        """A file of the host that keeps what customers sent."""
        url, token = self._config.data_base + path, await self._token()
        answer, stream = await self._http.stream("GET", url, headers=_bearer(token))
        if answer.status == 401 and self._renewable:
            token = await self._token(refused=token)
            answer, stream = await self._http.stream("GET", url, headers=_bearer(token))
        return answer, stream

    async def _request(self, method: str, url: str, json: Any, headers: Mapping[str, str]) -> Answer:
        token = await self._token()
        answer = await self._http.request(method, url, json=json, headers={**headers, **_bearer(token)})
        if answer.status == 401 and self._renewable:
            token = await self._token(refused=token)
            answer = await self._http.request(method, url, json=json, headers={**headers, **_bearer(token)})
        return answer

    @property
    def _renewable(self) -> bool:
        return self._config.access_token is None

    async def _token(self, *, refused: str = "") -> str:
        if self._config.access_token is not None:
            return self._config.access_token.get_secret_value()
        return await self._http.token("line", self._issue, refused=refused)

    async def _issue(self) -> Token:
        """https://developers.line.biz/en/reference/messaging-api/#issue-stateless-channel-access-token"""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._config.channel_id,
            "client_secret": self._config.channel_secret.get_secret_value(),
        }
        try:
            answer = await self._http.request("POST", f"{self._config.api_base}/oauth2/v3/token", form=form)
        except Uncertain as error:
            # Nothing of the customer's message has gone out yet, so it is not the message that is uncertain.
            raise Unreachable(f"LINE gave no access token: {error.reason}") from error
        if answer.status != 200:
            raise _no_token(answer)
        issued = answer.json()
        value, seconds = (
            (issued.get("access_token"), issued.get("expires_in")) if type(issued) is dict else (None, None)
        )
        if type(value) is not str or type(seconds) is not int:
            raise Unreachable("LINE's answer to our request for an access token has no token or no life time in it.")
        return Token(value, timedelta(seconds=seconds))


def _no_token(answer: Answer) -> Exception:
    """A refused credential parks the channel; a busy or broken LINE is asked again."""
    refusal = refusal_of(answer)
    if isinstance(refusal, Rejected):
        return Unauthorized(
            f"LINE gives no access token for this channel id and secret: {refusal.reason}", code=f"token {refusal.code}"
        )
    return refusal


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
