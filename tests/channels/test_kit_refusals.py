"""Codes are tried everywhere: whoever understands a refusal at one request and not at another is found out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from channels import Adapter, Answer, Config, Http, Manifest, Outbound, Receipt, Sends, Token
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Unsubscribed
from channels.kit import AdapterContract
from channels.parts import Image, Text

API = "https://api.jay.example"
ERRORS: dict[str, type[DeliveryError]] = {"E1": Rejected, "E2": Throttled, "E3": Unsubscribed}


class Jay(Adapter[Config]):
    """A made-up platform that takes one part a call, and files before."""

    manifest = Manifest("jay", "Jay", sends=Sends(text=100, batch=3), errors=ERRORS)

    async def send(self, message: Outbound, http: Http) -> Receipt:
        ids: tuple[str, ...] = ()
        try:
            for part in message.parts:
                ids += (await self.said(part, await self.token(http), http),)
        except DeliveryError as error:
            self.failed(error, ids)
            raise
        return Receipt(ids)

    async def said(self, part: Any, token: str, http: Http) -> str:
        body = {"show": await self.uploaded(part.media, token, http)} if isinstance(part, Image) else {"say": part.text}
        return str((await self.ask(http, "/send", body, token))["id"])

    async def uploaded(self, media: Any, token: str, http: Http) -> str:
        return str((await self.ask(http, "/upload", {"file": media}, token))["file"])

    async def token(self, http: Http) -> str:
        async def renew() -> Token:
            return Token((await self.ask(http, "/token", {}, ""))["token"], timedelta(hours=1))

        return await http.token("jay", renew)

    async def ask(self, http: Http, path: str, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        answer = await http.request("POST", API + path, json=body, headers={"authorization": token})
        told = orjson.loads(answer.body)
        if "error" in told:
            raise self.refused(told["error"], path)
        return dict(told)

    def refused(self, code: str, path: str) -> DeliveryError:
        if path == "/token":
            return Unauthorized("Jay gives no token.", code=f"token {code}")
        return ERRORS[code]("Jay will not.", code=code)

    def failed(self, error: DeliveryError, ids: tuple[str, ...]) -> None:
        error.delivered = ids


def said(path: str, body: Any, told: Any) -> dict[str, Any]:
    return {"request": {"method": "POST", "url": API + path, "json": body}, "answer": {"json": told}}


CASE = {
    "about": "A token, words, a picture, which goes up before, and words.",
    "send": {
        "customer": "U1",
        "parts": [
            {"type": "text", "text": "Look"},
            {"type": "image", "media": "m1"},
            {"type": "text", "text": "there"},
        ],
    },
    "exchange": [
        said("/token", {}, {"token": "tok-1"}),
        said("/send", {"say": "Look"}, {"id": 1}),
        said("/upload", {"file": "m1"}, {"file": "f1"}),
        said("/send", {"show": "f1"}, {"id": 2}),
        said("/send", {"say": "there"}, {"id": 3}),
    ],
    "receipt": {"messages": ["1", "2", "3"]},
}


class ForgetsWhatWentOut(Jay):
    def failed(self, error: DeliveryError, ids: tuple[str, ...]) -> None:
        """The runtime would say it again."""


class NamesTooMuch(Jay):
    def failed(self, error: DeliveryError, ids: tuple[str, ...]) -> None:
        error.delivered = (*ids, "3")


class UploadsAreForgiven(Jay):
    async def uploaded(self, media: Any, token: str, http: Http) -> str:
        try:
            return await super().uploaded(media, token, http)
        except Rejected:
            raise Throttled("Perhaps later.", code="E1") from None


class UploadsAreNoOthersBusiness(Jay):
    def refused(self, code: str, path: str) -> DeliveryError:
        found = super().refused(code, path)
        return type(found)(found.reason) if path == "/upload" else found


class StumblesOverAPicture(Jay):
    async def uploaded(self, media: Any, token: str, http: Http) -> str:
        answer = await http.request("POST", f"{API}/upload", json={"file": media})
        return str(orjson.loads(answer.body)["file"])


class SaysAllAgain(Jay):
    async def send(self, message: Outbound, http: Http) -> Receipt:
        try:
            return await super().send(message, http)
        except Throttled:
            return await super().send(message, http)


class LosesTheLast(Jay):
    async def said(self, part: Any, token: str, http: Http) -> str:
        try:
            return await super().said(part, token, http)
        except Unsubscribed:
            if part == Text("there"):
                return "3"
            raise


class SignsInForTheCustomer(Jay):
    def refused(self, code: str, path: str) -> DeliveryError:
        return Unsubscribed("Jay gives no token.", code=code) if path == "/token" else super().refused(code, path)


WRONG: dict[type[Jay], tuple[str, str]] = {
    ForgetsWhatWentOut: ("E1", r"\('1',\) went out before, and `delivered` is \(\)"),
    NamesTooMuch: ("E1", "is called delivered, and was not sent"),
    UploadsAreForgiven: ("E1", "request 3 gave Throttled: the manifest says Rejected"),
    UploadsAreNoOthersBusiness: ("E2", "request 3 became ''"),
    StumblesOverAPicture: ("E1", "'file'"),
    SaysAllAgain: ("E2", "what the platform had taken was said again"),
    LosesTheLast: ("E3", "request 5 was taken for success"),
    SignsInForTheCustomer: ("E1", "request 1 gave Unsubscribed: nothing of the message had gone out"),
}


def contract(adapter: type[Jay], folder: Path, **facts: Any) -> AdapterContract:
    (folder / "case.json").write_bytes(orjson.dumps(CASE))

    class Asked(AdapterContract):
        cases: ClassVar = folder

        def refusal(self, code: str) -> Answer:
            return Answer(200, orjson.dumps({"error": code}))

    return type("Asked", (Asked,), {"adapter": adapter, **facts})()


@pytest.mark.parametrize("code", ERRORS)
def test_a_right_one_means_the_same_by_a_code_wherever_it_comes(code: str, tmp_path: Path) -> None:
    contract(Jay, tmp_path).test_code_means_what_is_declared(code)


@pytest.mark.parametrize("adapter", WRONG)
def test_a_wrong_one_is_found(adapter: type[Jay], tmp_path: Path) -> None:
    code, says = WRONG[adapter]
    with pytest.raises((AssertionError, KeyError), match=says):
        contract(adapter, tmp_path).test_code_means_what_is_declared(code)


def test_what_a_code_also_means_is_said(tmp_path: Path) -> None:
    contract(UploadsAreForgiven, tmp_path, also_means={"E1": Throttled}).test_code_means_what_is_declared("E1")


def test_what_arrives_once_may_be_named_or_not(tmp_path: Path) -> None:
    class Once(ForgetsWhatWentOut):
        manifest = Manifest("jay", "Jay", sends=Sends(text=100, batch=3), errors=ERRORS, resend_safe=True)

    contract(Once, tmp_path).test_code_means_what_is_declared("E1")
