"""Two more made-up platforms for the kit: Heron, which is asked and can take words back, and Owl, which only exists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from channels import Adapter, Answer, Batch, Config, Http, Manifest, Sends, Token
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Unreachable
from channels.events import MessageReceived
from channels.parts import Text

API = "https://heron.example"


class HeronConfig(Config):
    password: SecretStr


class Heron(Adapter[HeronConfig]):
    """A nest at Heron."""

    manifest = Manifest(name="heron", title="Heron", documentation="https://heron.example/docs", sends=Sends())

    async def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        while True:
            answer = await self._ask(
                http, "GET", "/updates", {"after": cursor} | ({"hint": hints[-1]} if hints else {})
            )
            found = answer.json()
            items = found.get("items", []) if isinstance(found, dict) else []
            events = [
                MessageReceived(
                    item["id"], datetime.fromtimestamp(item["at"], UTC), item["from"], (Text(item["text"]),)
                )
                for item in items
            ]
            if events:
                cursor = events[-1].id
            yield Batch(tuple(events), cursor)

    async def mark_read(self, customer: str, token: str, http: Http) -> None:
        await self._ask(http, "POST", "/read", {"to": customer, "upto": token})

    async def recall(self, customer: str, message: str, http: Http) -> None:
        await self._ask(http, "DELETE", "/words", {"to": customer, "id": message})

    async def end(self, customer: str, http: Http) -> None:
        await self._ask(http, "DELETE", "/talk", {"to": customer})

    async def _ask(self, http: Http, method: str, path: str, query: dict[str, str]) -> Answer:
        async def renew() -> Token:
            form = {"password": self.config.password.get_secret_value()}
            answer = await http.request("POST", f"{API}/token", form=form)
            value = answer.json() if answer.status == 200 else None
            if not isinstance(value, str):
                raise _failure(answer)
            return Token(value, timedelta(hours=1))

        token = await http.token("access", renew)
        answer = await http.request(method, API + path, query=query, headers={"authorization": f"Bearer {token}"})
        if answer.status == 401:
            token = await http.token("access", renew, refused=token)
            answer = await http.request(method, API + path, query=query, headers={"authorization": f"Bearer {token}"})
        if answer.status >= 300:
            raise _failure(answer)
        return answer


def _failure(answer: Answer) -> DeliveryError:
    kind: type[DeliveryError] = {401: Unauthorized, 429: Throttled}.get(
        answer.status, Unreachable if answer.status >= 500 else Rejected
    )
    return kind("Heron refused.", code=str(answer.status))


class Owl(Adapter[Config]):
    """It only exists: the customer's side reads for itself."""

    manifest = Manifest(name="owl", title="Owl", documentation="https://owl.example/docs", sends=Sends(), kind="chat")
