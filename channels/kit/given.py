"""What the author of a plugin gives the kit, and what every check makes of it. The checks are in `channels.kit.checks`.

`Configured` is what adapters and robots have in common; `Given` is an adapter, `channels.kit.asked.Asked` a robot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from pydantic import SecretStr

from channels.adapter import Adapter, Config, powers_of
from channels.errors import DeliveryError
from channels.kit.case import InboundCase, OutboundCase, load_cases, lower
from channels.wire import Answer, Request

LEAST_SECRET = 8
REFUSED = (
    "`verify` refuses what `sign` of your test has signed. One of the two is wrong; is the header asked for in small letters, as "
    "all names of headers are in a Request?"
)
APPLIES = "__applies__"

_cases = cache(load_cases)  # read once in a run, asked for by every check
Check = TypeVar("Check", bound=Callable[..., object])


def only_where(applies: Callable[[Any], object]) -> Callable[[Check], Check]:
    """Marks a check that says something of some plugins only: where it does not apply it is not collected (`pytest_plugin`)."""

    def mark(check: Check) -> Check:
        setattr(check, APPLIES, applies)
        return check

    return mark


def for_power(power: str) -> Callable[[Check], Check]:
    """Marks a check of a power, for adapters that have it."""
    return only_where(lambda given: power in given.powers())


class Configured:
    """Attributes that the author of any plugin sets; `README.md` next to this file explains each."""

    config: ClassVar[Mapping[str, object] | Config] = {}
    cases: ClassVar[Path]
    may_import: ClassVar[tuple[str, ...]] = ()

    def plugin(self) -> type[Any]:
        """The class that is tested."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """The test's configuration as plain values, secrets unwrapped."""
        given = self.config
        items = (
            given.items()
            if isinstance(given, Mapping)
            else ((name, getattr(given, name)) for name in given.model_fields_set)
        )
        return {name: item.get_secret_value() if isinstance(item, SecretStr) else item for name, item in items}

    def build(self, changes: Mapping[str, Any] | None = None) -> Any:
        """An adapter or a robot with the test's configuration, `changes` applied to it."""
        return self.plugin()(self.plugin().Config.model_validate({**self.values(), **(changes or {})}))

    def secrets(self) -> dict[str, str]:
        """The secrets of the test's configuration, by field."""
        config = self.build().config
        held = ((name, getattr(config, name)) for name in type(config).model_fields)
        return {name: item.get_secret_value() for name, item in held if isinstance(item, SecretStr)}

    def shows_no_secret(self, text: str, where: str) -> None:
        """Fail if a secret of the configuration stands in a text; the failure names its field, not its value."""
        shown = [name for name, secret in self.secrets().items() if secret and secret in text]
        assert not shown, f"The value of {', '.join(shown)} shows in {where}: nobody may read it there."


class Given(Configured):
    """Attributes and methods that the author of an adapter sets."""

    adapter: ClassVar[type[Adapter[Any]]]

    signs_body: ClassVar[bool] = True
    gives_ids: ClassVar[bool] = True
    has_kinds: ClassVar[bool] = True
    secret_in_url: ClassVar[str] = ""
    also_means: ClassVar[Mapping[str, type[DeliveryError]]] = {}

    def sign(self, request: Request) -> Request:
        raise NotImplementedError

    def refusal(self, code: str) -> Answer:
        raise NotImplementedError

    # what the checks make of it

    def plugin(self) -> type[Adapter[Any]]:
        return self.adapter

    def powers(self) -> frozenset[str]:
        return powers_of(self.adapter)

    def request_of(self, case: InboundCase) -> Request:
        """The case's request as the platform would send it: signed, unless the case says it is to go as it stands."""
        return self.signed(case.request) if case.signed and "verify" in self.powers() else case.request

    def signed(self, request: Request) -> Request:
        if type(self).sign is Given.sign:
            pytest.fail(
                "Define `sign(self, request)` in your test: it returns the request as the platform would sign it."
            )
        request = self.sign(request)
        return replace(request, headers=lower(request.headers))

    def inbound(self) -> list[InboundCase]:
        return [case for case in self._all() if isinstance(case, InboundCase)]

    def outbound(self) -> list[OutboundCase]:
        return [case for case in self._all() if isinstance(case, OutboundCase)]

    def spoken(self) -> list[OutboundCase]:
        """Outbound cases that succeed, so that a fault can be put into them."""
        return [case for case in self.outbound() if case.succeeds and not any(step.fault for step in case.exchange)]

    def refusable(self) -> list[OutboundCase]:
        """Those that send or forward over HTTP alone: a dialogue has refusals of its own, and no status."""
        return [case for case in self.saying() if all(step.dialogue is None for step in case.exchange)]

    def saying(self) -> list[OutboundCase]:
        """Those in which something is said, and goes out."""
        return [case for case in self.spoken() if case.power in ("send", "forward") and case.exchange]

    def readable(self) -> list[InboundCase]:
        """Inbound cases that the adapter accepts."""
        return [case for case in self.inbound() if not case.error]

    def name_of(self, case: InboundCase | OutboundCase) -> str:
        return case.path.relative_to(self.cases).with_suffix("").as_posix()

    def _all(self) -> tuple[InboundCase | OutboundCase, ...]:
        return _cases(self.cases) if hasattr(self, "cases") else ()

    def needs(self, power: str) -> None:
        """Skip a check about a power that this adapter does not have."""
        if power not in self.powers():
            pytest.skip(f"{self.adapter.__name__} does not override {power}")
