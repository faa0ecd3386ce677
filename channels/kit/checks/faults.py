"""What goes wrong on the way: at every request of every case, and always the error that says what to do next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from channels.errors import DeliveryError, Throttled, Unauthorized, Uncertain, Unreachable
from channels.kit.case import OutboundCase
from channels.kit.connection import exchanges_of
from channels.kit.failing import Failing
from channels.kit.http import cut
from channels.wire import Answer

RETRY_AFTER = timedelta(seconds=7)
HTML = {"content-type": "text/html"}


def _unreachable() -> Answer:
    raise Unreachable("The platform cannot be reached.")


def _uncertain() -> Answer:
    raise Uncertain("The platform did not answer.")


Fault = tuple[Callable[[], Answer], tuple[type[DeliveryError], ...]]

FAULTS: dict[str, Fault] = {
    "unreachable": (_unreachable, (Unreachable,)),
    "uncertain": (_uncertain, (Uncertain,)),
    "500": (lambda: Answer(500, b"{}"), (Unreachable,)),
    "503 in HTML": (lambda: Answer(503, b"<html>Sorry</html>", HTML), (Unreachable,)),
    "429": (lambda: Answer(429, b"{}", {"retry-after": "7"}), (Throttled,)),
    "401": (lambda: Answer(401, b"{}"), (Unauthorized,)),
}

ODD_ANSWERS: dict[str, Answer] = {
    "empty": Answer(200),
    "HTML": Answer(200, b"<html>Welcome</html>", HTML),
    "not UTF-8": Answer(200, b"\xff\xfe"),
    "null": Answer(200, b"null"),
    "number": Answer(200, b"3"),
    "list": Answer(200, b"[null]"),
    "object of nothing": Answer(200, b"{}"),
    "418": Answer(418, b"I am a teapot"),
    "400 of null": Answer(400, b"null"),
    "403 with wrong types": Answer(403, b'{"error": [], "message": {}, "code": null, "details": 3}'),
    "302 to nowhere": Answer(302),
    "429 with an odd time": Answer(429, b"{}", {"retry-after": "soon"}),
}
SAYING = ("send", "forward")
CARRYING = (*SAYING, "fetch")


class FaultChecks(Failing):
    @pytest.mark.parametrize("fault", FAULTS)
    def test_names_the_next_action(self, spoken_case: OutboundCase, fault: str) -> None:
        for step in range(len(spoken_case.exchange)):
            end, wanted = FAULTS[fault]
            if spoken_case.exchange[step].dialogue is not None:
                wanted = (Unreachable,)  # nothing but a connection can fail here, and before a word was said
                end = _unreachable if fault == "uncertain" else end
            error = self.fails(spoken_case, step, end, fault)
            if error is None:
                assert spoken_case.power not in CARRYING, (
                    f"{fault} at request {step + 1} was taken for success: raise {wanted[0].__name__}."
                )
                continue
            talks = any(each.dialogue is not None for each in spoken_case.exchange)  # then that is what delivers
            last = step + 1 == len(spoken_case.exchange) and not talks
            also = (Unreachable,) if fault == "uncertain" and not last else ()  # a request before the one that delivers
            assert isinstance(error, wanted + also), (
                f"{fault} at request {step + 1} gave {type(error).__name__}: {error}\n{wanted[0].__name__} was expected."
            )
            if isinstance(error, Throttled):
                assert error.retry_after in (None, RETRY_AFTER), (
                    f"Retry-After: 7 was understood as {error.retry_after}."
                )

    def test_survives_odd_answers(self, spoken_case: OutboundCase) -> None:
        """An odd answer may be success (the status may be all we need) or any DeliveryError, and nothing else."""
        for odd, answer in ODD_ANSWERS.items():
            for step in range(len(spoken_case.exchange)):
                error = self.fails(spoken_case, step, partial(ODD_ANSWERS.__getitem__, odd), f"an answer that is {odd}")
                if error is None and spoken_case.power in CARRYING:
                    assert answer.status < 400, f"An answer that is {odd} at request {step + 1} was taken for success."
                if answer.status == 200 and self._may_double(spoken_case, step):
                    assert not isinstance(error, Unreachable | Throttled), (
                        f"An answer with status 200 that is {odd} gave {type(error).__name__}, so it is sent again, and may arrive "
                        "twice: Uncertain was expected, or success where the status says enough."
                    )

    def _may_double(self, case: OutboundCase, step: int) -> bool:
        """Whether this request brings what is said to the customer, on a platform that does not know again what is said twice."""
        over_http = all(each.dialogue is None for each in case.exchange)  # else the dialogue is what brings it
        last = step + 1 == len(case.exchange)
        return case.power in SAYING and last and over_http and not self.adapter.manifest.resend_safe

    def test_survives_a_server_that_hangs_up(self, spoken_case: OutboundCase) -> None:
        """Wherever a dialogue breaks off, a result or a DeliveryError comes out; before anything was said, an error."""
        for step, each in enumerate(spoken_case.exchange):
            for after in range(0 if each.dialogue is None else len(exchanges_of(each.dialogue))):
                error = self.played(
                    spoken_case, cut(spoken_case.exchange, step, after), f"a dialogue cut after {after}"
                )
                assert after or error is not None, "A server that said nothing was taken for success."
