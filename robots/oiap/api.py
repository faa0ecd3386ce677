"""The two calls: a token, and a step of the dialogue with it. A token that is no longer taken is renewed once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from pydantic import ValidationError

from channels import Answer, Http, Token
from channels.errors import Malformed, Unauthorized
from channels.robot import Turn
from robots._service import Foreign, ask, complaint, json_of, require_good, time_for
from robots.oiap.config import OiapConfig
from robots.oiap.wire import Json, Out, failure_of, out_of

KEPT_AS = "oiap"
EXPIRED = ("900001", "900002")  # no token, or one that is over; one that does not hold
EXPIRES = 3600  # seconds, where the service does not say


class _Token(Foreign):
    authToken: str  # noqa: N815  its name there
    expireTime: int = EXPIRES  # noqa: N815


class Api:
    """One turn's calls."""

    def __init__(self, config: OiapConfig, turn: Turn, http: Http) -> None:
        self._config, self._http = config, http
        self._within = time_for(turn)
        version = f"v2/crs/process/{config.vdn}" if config.vdn else "crs/process"
        self._url = f"{config.base_url}/oifde/rest/{version}"

    async def step(self, body: Callable[[str], Json]) -> Out:
        """Make a step of the dialogue; `body` makes the request for a token."""
        token = await self._http.token(KEPT_AS, self._renewed)
        answer = await self._post(body(token))
        if _is_expired(answer):
            token = await self._http.token(KEPT_AS, self._renewed, refused=token)
            answer = await self._post(body(token))
            if _is_expired(answer):
                raise Unauthorized("The dialogue service takes none of its own tokens.", code=str(answer.status))
        require_good(answer)
        return out_of(json_of(answer))

    async def _post(self, body: Json) -> Answer:
        return await self._http.request("POST", self._url, json=body, within=self._within)

    async def _renewed(self) -> Token:
        secret = self._config.app_secret.get_secret_value()
        url, body = (
            f"{self._config.base_url}/oifde/rest/api/gettoken",
            {"appKey": self._config.app_key, "appSecret": secret},
        )
        value = json_of(await ask(self._http, url, json=body, within=self._within))
        if isinstance(value, dict) and (code := failure_of(value)):
            raise Unauthorized("The dialogue service gives no token for this app_key and app_secret.", code=code)
        try:
            token = _Token.model_validate(value)
        except ValidationError as error:
            raise complaint(error) from None
        return Token(token.authToken, timedelta(seconds=max(token.expireTime, 1)))


def _is_expired(answer: Answer) -> bool:
    """A failure is said with a status of 500 and a code, by some installations with 200 and a code."""
    if answer.status == 401:
        return True
    try:
        value = json_of(answer)
    except Malformed:
        return False
    return isinstance(value, dict) and failure_of(value) in EXPIRED
