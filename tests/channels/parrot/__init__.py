"""A made-up platform and a right adapter for it: the kit is tested with it, and with mutants of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from channels import (
    Adapter,
    Answer,
    Checkup,
    Condition,
    Config,
    FileLimit,
    Finding,
    Forward,
    Health,
    Http,
    Manifest,
    NotYet,
    Outbound,
    Profile,
    Receipt,
    Request,
    Response,
    Sends,
    Stream,
)
from channels.errors import (
    DeliveryError,
    Malformed,
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
    WindowClosed,
)
from channels.events import CustomerJoined, MessageReceived, Received, Unknown
from channels.parts import Image, MediaRef, Part, Text, plain_text
from channels.signatures import require_hmac

API = "https://api.parrot.example/v1"


class ParrotConfig(Config):
    account: str
    app_secret: SecretStr
    access_token: SecretStr


class Parrot(Adapter[ParrotConfig]):
    """One account at Parrot, which does not exist."""

    manifest = Manifest(
        name="parrot",
        title="Parrot",
        documentation="https://parrot.example/docs",
        sends=Sends(text=20, image=FileLimit(size=1_000_000, mime=("image/png", "image/jpeg")), batch=2),
        keeps_time=True,
        forwards=2,
        resend_safe=True,
        errors={"E1": Rejected, "E2": WindowClosed},
    )

    def verify(self, request: Request) -> None:
        secret = self.config.app_secret.get_secret_value()
        require_hmac(secret, request.body, request.headers.get("x-parrot-signature"), prefix="v1=")

    def answer(self, request: Request) -> Response:
        return Response(200, b'{"ok":true}', "application/json")

    def parse(self, request: Request) -> list[Received]:
        body = request.json()
        if not isinstance(body, dict) or not isinstance(events := body.get("events"), list):
            raise Malformed("There is no list of events.")
        return [event for item in events if isinstance(item, dict) for event in _event(item)]

    async def send(self, message: Outbound, http: Http) -> Receipt:
        spoken = [_spoken(part, message) for part in message.parts]
        body = {"to": message.customer, "messages": spoken, "key": message.key}
        answer = await http.request("POST", f"{API}/send", headers=self._headers(), json=body)
        found = self._read(answer)
        ids = found.get("ids", ())
        return Receipt(tuple(str(item) for item in ids) if isinstance(ids, list) else ())

    async def forward(self, message: Forward, http: Http) -> Receipt:
        said = [plain_text(part) for part in message.parts]
        body = {
            "to": message.recipients,
            "note": message.note,
            "of": message.customer,
            "said": said,
            "key": message.key,
        }
        answer = await http.request("POST", f"{API}/forward", headers=self._headers(), json=body)
        return Receipt((str(self._read(answer).get("id")),))

    async def fetch(self, media: MediaRef, http: Http) -> Stream | NotYet:
        answer, stream = await http.stream("GET", f"{API}/files/{quote(media.key, safe='')}", headers=self._headers())
        if answer.status == 202:
            return NotYet(timedelta(seconds=3))
        if answer.status >= 300:
            raise self._failure(answer, {})
        return stream

    async def profile(self, customer: str, http: Http) -> Profile:
        answer = await http.request("GET", f"{API}/people/{quote(customer, safe='')}", headers=self._headers())
        return Profile(name=str(self._read(answer).get("name", "")))

    async def typing(self, customer: str, http: Http) -> None:
        self._read(await http.request("POST", f"{API}/typing", headers=self._headers(), json={"to": customer}))

    async def health(self, asked: Checkup, http: Http) -> Health:
        told = self._read(await http.request("GET", f"{API}/account", headers=self._headers()))
        if told.get("flies") is False:
            return Health((Finding(Condition.BROKEN, "Parrot flies to nobody: open the cage."),))
        return Health()

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.config.access_token.get_secret_value()}"}

    def _read(self, answer: Answer) -> dict[str, Any]:
        if answer.status >= 500:
            raise self._failure(answer, {})
        body = answer.json()
        found = body if isinstance(body, dict) else {}
        if answer.status >= 300:
            raise self._failure(answer, found)
        return found

    def _failure(self, answer: Answer, body: dict[str, Any]) -> DeliveryError:
        code = str(body.get("error", answer.status))
        if answer.status >= 500:
            return Unreachable("Parrot is out of order.", code=code)
        if answer.status == 429:
            return Throttled("Parrot asks us to slow down.", code=code)
        if answer.status == 401:
            return Unauthorized("Parrot does not know our token.", code=code)
        return self.manifest.errors.get(code, Rejected)("Parrot refused the message.", code=code)


def _event(item: dict[str, Any]) -> Iterator[Received]:
    match item:
        case {"id": str(id), "at": int(ms), "from": str(customer), "kind": str(kind)} if (
            id and customer and 0 <= ms < 4e12
        ):
            at = datetime.fromtimestamp(ms / 1000, UTC)
        case _:
            return
    match item:
        case {"kind": "say", "text": str(text)}:
            yield MessageReceived(id, at, customer, (Text(text),), message=id)
        case {"kind": "show", "file": str(key)} if key:
            yield MessageReceived(id, at, customer, (Image(MediaRef(key, mime="image/png")),), message=id)
        case {"kind": "hello"}:
            yield CustomerJoined(id, at, customer)
        case _:
            yield Unknown(id, at, customer, kind, item)


def _spoken(part: Part, message: Outbound) -> dict[str, str]:
    match part:
        case Text():
            return {"say": part.text}
        case Image(media=str(media)):
            return {"show": message.media[media].url}
        case _:
            raise Rejected(f"Parrot cannot say a {part.type}.")
