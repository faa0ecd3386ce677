"""AICC's dialogue service as its pages describe it: tokens, and a small flow that greets, answers, transfers and hangs up.

It is strict where the pages are: a dialogue that was not begun, a field that is missing or too long, and steps in the wrong order are
`violations`, which a test expects to be none.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.e2e.robots.conftest import SECRET
from tests.e2e.robots.fake import Fake

ALWAYS = ("call_id", "call_dst_id", "auth_token")
NEEDED = {
    8: (*ALWAYS, "call_sor_id"),
    9: (*ALWAYS, "flow_result_type", "input"),
    11: (*ALWAYS, "begin_trans", "end_trans", "trans_result"),
}
LONGEST = {"call_id": 64, "call_sor_id": 64, "call_dst_id": 20, "input": 1024}
Json = dict[str, Any]


class FakeOiap(Fake):
    """`dialogues`: what each is doing, by its userid. `forget_tokens` lets every token that was given be over."""

    def __init__(self) -> None:
        super().__init__()
        self.dialogues: dict[str, str] = {}
        self.violations: list[str] = []
        self.given = 0
        self._valid = ""

    def forget_tokens(self) -> None:
        self._valid = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/oifde/rest/api/gettoken", self._token),
            web.post("/oifde/rest/crs/process", self._process),
            web.post("/oifde/rest/v2/crs/process/{vdn}", self._process),
        ]

    async def _token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body != {"appKey": "tenant001", "appSecret": SECRET}:
            return web.json_response({"errorCode": 200800002, "errorMsg": "key wrong"})
        self.given += 1
        self._valid = f"c3-token-{self.given:04}"
        return web.json_response({"errorCode": 0, "errorMsg": "", "authToken": self._valid, "expireTime": 3600})

    async def _process(self, request: web.Request) -> web.Response:
        body = await request.json()
        inparams = body["inparams"]
        if inparams.get("auth_token") != self._valid:
            return web.json_response({"errorCode": 900001, "errorMsg": "token expired"}, status=500)
        self.asked.append({**body, "path": request.path})
        self._check(body, inparams)
        user, index = body["userid"], str(len(self.asked))
        action, out = self._step(user, body["inaction"], inparams)
        self.dialogues[user] = {9: "talking", 11: "transferring", 10: "over"}[action]
        outparams = {"call_id": user, "inter_idx": index, **out}
        return web.json_response({"ret": 0, "userid": user, "outaction": action, "outparams": outparams})

    def _step(self, user: str, inaction: int, inparams: Json) -> tuple[int, Json]:
        """One step of the flow: (outaction, outparams)."""
        said, doing = inparams.get("input", ""), self.dialogues.get(user, "")
        if inaction == 8:
            return 9, _text("Welcome. What is your order number?")
        if said == "hangup":
            return 10, {"release_reason": "0"}
        if inaction == 11:
            if doing != "transferring":
                self.violations.append(f"{user}: a transfer that nobody asked for")
            return (10, {"release_reason": "0"}) if inparams["trans_result"] == "0" else (9, _text("Nobody is free."))
        if doing != "talking":
            self.violations.append(f"{user}: said {said!r} while it is {doing or 'not begun'}")
        if "人工" in said:
            return 11, {
                "call_sor_id": "x",
                "trans_type": "3",
                "route_value": "OnlineQueue",
                "trans_data": '{"order":"4711"}',
            }
        if said == "bye":
            return 10, {"release_reason": "0"}
        if said == "4711":
            return 9, _text("One moment.") | {"model_type": "1000000"}
        return 9, _text("It is on its way." if said == "playover" else "Pardon?")

    def _check(self, body: Json, inparams: Json) -> None:
        missing = [name for name in NEEDED[body["inaction"]] if not inparams.get(name)]
        long = [name for name, most in LONGEST.items() if len(inparams.get(name, "")) > most]
        odd = [name for name, value in inparams.items() if not isinstance(value, str)]
        if missing or long or odd or inparams["call_id"] != body["userid"]:
            self.violations.append(f"inaction {body['inaction']}: missing {missing}, too long {long}, no text {odd}")


def _text(text: str) -> Json:
    return {"prompt_type": "2", "prompt_text": text, "language": "1", "model_type": "1101201", "timeout": "10"}
