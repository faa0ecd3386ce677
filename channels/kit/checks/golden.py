"""Golden cases: what the case files say is what the adapter does."""

from __future__ import annotations

import os
from typing import Any

import orjson
import pytest

from channels.errors import DeliveryError, Malformed, Untrusted
from channels.events import Received
from channels.kit.case import InboundCase, OutboundCase, Step, body_of, lower, update
from channels.kit.given import REFUSED, Given
from channels.kit.http import FakeHttp, played, recording
from channels.kit.play import answer_to_case, compact, outcome_of, perform, run


def updating(config: pytest.Config) -> bool:
    """Whether expected results are to be rewritten. The option needs the kit's pytest plugin, the variable does not."""
    return bool(config.getoption("update_cases", default=False)) or os.environ.get("UPDATE_CASES") == "1"


class GoldenChecks(Given):
    def test_inbound_case(self, inbound: InboundCase, pytestconfig: pytest.Config) -> None:
        events, error = self._hear(inbound)
        if updating(pytestconfig):
            if error == "Untrusted" and inbound.signed and not inbound.error:
                pytest.fail(f"{inbound.path.name} was left as it is: {REFUSED}")
            self._write_inbound(inbound, events, error)
            return
        assert error == inbound.error, (
            f"{inbound.path.name}: raised {error or 'nothing'}, expected {inbound.error or 'nothing'}."
        )
        assert [compact(event) for event in events] == [compact(event) for event in inbound.events], inbound.path.name
        assert events == inbound.events, (
            f"{inbound.path.name}: the same as JSON, but not of the types that events declare."
        )

    def test_answer_of_case(self, inbound: InboundCase, pytestconfig: pytest.Config) -> None:
        if inbound.answer is None or inbound.error or updating(pytestconfig):
            return
        answer, wanted = self.build(inbound.config).answer(self.request_of(inbound)), inbound.answer
        assert answer.status == wanted.get("status", 200), f"{inbound.path.name}: status {answer.status}"
        same = (
            orjson.loads(answer.body or b"null") == wanted["json"]
            if "json" in wanted
            else answer.body == body_of(wanted)
        )
        assert same, f"{inbound.path.name}: the answer's body is {answer.body!r}."
        if "content_type" in wanted:
            assert answer.content_type == wanted["content_type"], f"{inbound.path.name}: {answer.content_type}"
        named = {
            name: value for name, value in lower(answer.headers).items() if name in lower(wanted.get("headers", {}))
        }
        assert named == lower(wanted.get("headers", {})), f"{inbound.path.name}: headers {answer.headers}"

    def test_outbound_case(self, outbound: OutboundCase, pytestconfig: pytest.Config) -> None:
        write = updating(pytestconfig)
        script = (recording if write else played)(outbound.exchange)
        http = FakeHttp(script, outbound.tokens, files=outbound.files, held=outbound.held)
        adapter = self.build(outbound.config)
        try:
            outcome = outcome_of(outbound.power, run(perform(adapter, outbound, http)))
        except DeliveryError as error:
            outcome = outcome_of(outbound.power, error)
            outcome["error"] |= {"reason": error.reason} if "reason" in outbound.outcome.get("error", {}) else {}
        for response in http.responses:
            outcome["response"] = answer_to_case(response)
        if write:
            _write_outbound(outbound, http, outcome)
            return
        unheard = [
            call.url
            for call in http.calls
            if call.index in http.connections and not http.connections[call.index].closed
        ]
        assert not unheard, f"{outbound.path.name}: {unheard} was not closed."
        left = len(outbound.exchange) - len(http.calls)
        assert left <= 0, f"{outbound.path.name}: the last {left} requests of the exchange were never made."
        assert outcome == _wanted(outbound, outcome), outbound.path.name

    def _hear(self, case: InboundCase) -> tuple[tuple[Received, ...], str]:
        adapter, powers = self.build(case.config), self.powers()
        try:
            if "verify" in powers:
                adapter.verify(self.request_of(case))
            return tuple(adapter.parse(self.request_of(case))), ""
        except (Untrusted, Malformed) as error:
            return (), type(error).__name__

    def _write_inbound(self, case: InboundCase, events: tuple[Received, ...], error: str) -> None:
        new: dict[str, Any] = {"error": error} if error else {"events": [compact(event) for event in events]}
        if case.answer is not None and not error:
            new["answer"] = answer_to_case(self.build(case.config).answer(self.request_of(case)))
        update(case.path, new, drop=("events", "error"))


def _wanted(case: OutboundCase, outcome: dict[str, Any]) -> dict[str, Any]:
    """What the case expects, with what it need not say filled in: optional keys of an error, the status of a receipt."""
    wanted = {key: dict(value) if isinstance(value, dict) else value for key, value in case.outcome.items()}
    if "error" in wanted:
        actual = outcome.get("error", {})
        optional = {key: actual[key] for key in ("delivered", "retry_after") if key in actual}
        wanted["error"] = optional | wanted["error"]
    if wanted.get("receipt", {}).get("status") == "sent":
        del wanted["receipt"]["status"]
    if "receipt" in wanted:
        wanted["receipt"].setdefault("messages", [])
    return wanted


def _write_outbound(case: OutboundCase, http: FakeHttp, outcome: dict[str, Any]) -> None:
    steps = []
    for call in http.calls:
        if call.index in http.connections:
            steps.append({"connect": call.url, "dialogue": http.connections[call.index].spoken})
            continue
        old = case.exchange[call.index] if call.index < len(case.exchange) else Step({})
        step: dict[str, Any] = {"request": call.as_case(old.request.get("headers", ()))}
        steps.append(step | ({"fault": old.fault} if old.fault else {"answer": dict(old.written)}))
    update(case.path, {"exchange": steps, **outcome}, drop=("response", "receipt", "result", "error"))
