"""What the platform refuses, by its own codes: each code, at each request of each case that says something, means what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Uncertain, Unreachable
from channels.kit.case import OutboundCase, Step
from channels.kit.connection import exchanges_of
from channels.kit.failing import Failing
from channels.kit.given import Given, only_where
from channels.kit.http import Call, FakeHttp, cut, failing, refusing
from channels.value import value
from channels.wire import Answer

OURS = (
    Unauthorized,
    Unreachable,
    Rejected,
)  # what a refusal may mean that is about us, before a word of the message went out
UNKNOWN = "98765"


@value
class Refused:
    """One refusal: what was asked until then and after, and what came of it. `ours`: it was about us, and not about the message."""

    where: str
    step: int
    calls: tuple[Call, ...]
    ours: bool
    error: DeliveryError | None


class RefusalChecks(Failing):
    def test_a_refusal_is_tried_again_by_nobody(self, refusable_case: OutboundCase) -> None:
        """A plain refusal must not be one of the errors after which the runtime tries again."""
        error = self.fails(refusable_case, len(refusable_case.exchange) - 1, lambda: Answer(400, b"{}"), "400")
        assert error is not None, "400 was taken for success."
        assert not isinstance(error, Unreachable | Uncertain | Throttled), (
            f"400 gave {type(error).__name__}: it would be sent again."
        )

    def test_code_means_what_is_declared(self, code: str) -> None:
        wanted = self.adapter.manifest.errors[code]
        if type(self).refusal is Given.refusal:
            self._is_shown(code, wanted)
            return
        cases = self.saying()
        assert cases, "Write a case of a message that is sent."
        for case in cases:
            for found in self._refused(case, code):
                _means(found, code, {wanted, self.also_means.get(code, wanted)})
                _says_nothing_twice(found, case)
                self._names_what_went_out(found, case)

    @only_where(lambda given: given.refusable() and type(given).refusal is not Given.refusal)
    def test_unknown_code_is_kept(self) -> None:
        case = self.refusable()[0]
        error = self.fails(case, len(case.exchange) - 1, lambda: self.refusal(UNKNOWN), f"code {UNKNOWN}")
        assert isinstance(error, Rejected), f"An unknown code gave {type(error).__name__}: Rejected was expected."
        assert error.code == UNKNOWN, f"An unknown code became {error.code!r}: keep it, people will look it up."

    def _is_shown(self, code: str, wanted: type[DeliveryError]) -> None:
        errors = [case.outcome["error"] for case in self.outbound() if "error" in case.outcome]
        shown = [error for error in errors if error.get("code") == code]
        assert shown, f"Nothing shows code {code}: write a case for it, or define `refusal(self, code)` in your test."
        assert wanted.__name__ in {error["type"] for error in shown}, (
            f"No case has code {code} as {wanted.__name__}, which the manifest says it is."
        )

    def _refused(self, case: OutboundCase, code: str) -> Iterator[Refused]:
        """At each request, and where there is a dialogue, at each thing we say in it that is not said in vain."""
        for step, each in enumerate(case.exchange):
            if each.dialogue is None:
                where = f"{self.name_of(case)}: code {code} at request {step + 1}"
                http = self._http(case, failing(case.exchange, step, lambda: self.refusal(code)))
                error = self.heard(case, http, where)
                yield Refused(where, step, tuple(http.calls), step in http.renewals, error)
                continue
            lines = self.refusal(code).body.decode().splitlines()
            for after, said in enumerate(exchanges_of(each.dialogue)):
                if not self._matters(case, step, after):
                    continue
                where = f"{self.name_of(case)}: code {code} to {' '.join(said.said)[:40] or 'our call'}"
                http = self._http(case, refusing(case.exchange, step, after, lines))
                error = self.heard(case, http, where)
                yield Refused(where, step, (), after < _first_about_the_customer(case, each), error)

    def _matters(self, case: OutboundCase, step: int, after: int) -> bool:
        """Where a server may hang up, as after a goodbye, it may say what it likes."""
        return self.played(case, cut(case.exchange, step, after), "a server that hangs up") is not None

    def _names_what_went_out(self, found: Refused, case: OutboundCase) -> None:
        """The runtime goes on behind it. Where what is sent again arrives once, that is nothing to rely on."""
        assert found.error is not None
        told, went = found.error.delivered, _ids_before(case, found.step)
        assert set(told) <= set(went), f"{found.where}: {set(told) - set(went)} is called delivered, and was not sent."
        if not self.adapter.manifest.resend_safe and not isinstance(found.error, Uncertain):
            assert told == went, (
                f"{found.where}: {went} went out before, and `delivered` is {told}: it would be sent again."
            )

    def _http(self, case: OutboundCase, script: Any) -> FakeHttp:
        return FakeHttp(script, case.tokens, files=case.files)


def _means(found: Refused, code: str, wanted: set[type[DeliveryError]]) -> None:
    error = found.error
    assert error is not None, f"{found.where} was taken for success."
    if found.ours:
        allowed = (*wanted, *OURS)
        assert type(error) in allowed, (
            f"{found.where} gave {type(error).__name__}: nothing of the message had gone out."
        )
        return
    named = " or ".join(sorted(each.__name__ for each in wanted))
    assert type(error) in wanted, f"{found.where} gave {type(error).__name__}: the manifest says {named}.\n{error}"
    assert error.code == code, f"{found.where} became {error.code!r}: the agent needs the platform's own code."


def _says_nothing_twice(found: Refused, case: OutboundCase) -> None:
    """Whatever was answered with an id has been taken."""
    before = zip(found.calls[: found.step], case.exchange, strict=False)
    taken = [_content(call) for call, step in before if not _told(step).isdisjoint(_ids(case))]
    again = [call for call in found.calls[found.step :] if _content(call) in taken]
    assert not again, f"{found.where}: what the platform had taken was said again: {again[0].as_case()}"


def _ids(case: OutboundCase) -> tuple[str, ...]:
    return tuple(case.outcome.get("receipt", {}).get("messages", ()))


def _ids_before(case: OutboundCase, step: int) -> tuple[str, ...]:
    """Those of the receipt that an answer had told until then."""
    told = {value for each in case.exchange[:step] for value in _told(each)}
    return tuple(id for id in _ids(case) if id in told)


def _content(call: Call) -> tuple[Any, ...]:
    """All but what a fresh token changes."""
    return call.method, call.url, call.json, call.form, call.body, call.files


def _told(step: Step) -> set[str]:
    """Every text and number in an answer, as text."""
    waiting, found = [step.written.get("json")], set[str]()
    while waiting:
        match waiting.pop():
            case dict() as several:
                waiting += several.values()
            case list() as several:
                waiting += several
            case value:
                found.add(str(value))
    return found


def _first_about_the_customer(case: OutboundCase, step: Step) -> int:
    """The exchange of a dialogue in which it is first said for whom the message is."""
    whom = case.call.get("recipients") or [case.call["customer"].partition("/")[0]]
    said = [" ".join(each.said) for each in exchanges_of(step.dialogue or ())]
    return next((place for place, words in enumerate(said) if any(each in words for each in whom)), 0)
