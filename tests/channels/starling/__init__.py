"""A made-up robot that does everything as it should. `tests/channels/test_robot_kit.py` makes one mistake at a time in it.

Its service takes what was said and answers `{"text": ..., "person": true}`.
"""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import SecretStr

from channels import Answer, Config, Http
from channels.errors import Malformed, Rejected, Throttled, Unauthorized, Unreachable
from channels.parts import Text, plain_text
from channels.robot import HandOver, Robot, Turn, Words

API = "https://starling.example"


class StarlingConfig(Config):
    api_key: SecretStr
    voice: str = "soft"


class Starling(Robot[StarlingConfig]):
    """A robot at Starling, which does not exist."""

    name = "starling"
    title = "Starling"

    async def turn(self, turn: Turn, http: Http) -> Words:
        said = " ".join(plain_text(part) for heard in turn.heard for part in heard.parts)
        body = {"said": said, "voice": self.config.voice}
        found = self._read(await http.request("POST", f"{API}/sing", headers=self._headers(), json=body))
        text = str(found.get("text", ""))[:1000]
        known = turn.memory.get("songs", 0)
        songs = known + 1 if isinstance(known, int) and 0 <= known < 1000 else 1
        return Words(
            say=((Text(text),),) if text else (),
            hand_over=HandOver("asked for") if found.get("person") is True else None,
            memory={"songs": songs},
        )

    async def ended(self, turn: Turn, http: Http) -> None:
        self._read(await http.request("POST", f"{API}/bye", headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config.api_key.get_secret_value()}"}

    def _read(self, answer: Answer) -> dict[str, Any]:
        if answer.status >= 500:
            raise Unreachable("Starling is out of order.")
        if answer.status == 401:
            raise Unauthorized("Starling does not know the key.")
        if answer.status == 429:
            raise Throttled("Starling asks us to be slower.")
        if answer.status >= 300:
            raise Rejected("Starling refuses.", code=str(answer.status))
        try:
            found = orjson.loads(answer.body or b"{}")
        except orjson.JSONDecodeError:
            raise Malformed("Starling answered something that is not JSON.") from None
        return found if isinstance(found, dict) else {}
