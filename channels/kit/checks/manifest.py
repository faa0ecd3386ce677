"""What an adapter declares: complete, sane, and in agreement with what it overrides."""

from __future__ import annotations

import inspect
import re

import pytest
from pydantic import ValidationError

from channels.adapter import Adapter, Config
from channels.errors import DeliveryError, Uncertain
from channels.kit.case import InboundCase, OutboundCase
from channels.kit.given import LEAST_SECRET, Configured, Given, only_where
from channels.kit.seal import sealed
from channels.manifest import FileLimit, Manifest
from channels.plugins import senseless

WAITING = ("send", "forward", "fetch", "profile", "typing", "mark_read", "recall", "end", "health")
SECRET_WORDS = re.compile(r"secret|password|passphrase|token|private|api_?key|credential", re.IGNORECASE)


class ManifestChecks(Given):
    @property
    def manifest(self) -> Manifest:
        return self.adapter.manifest

    def test_has_a_manifest(self) -> None:
        found = getattr(self.adapter, "manifest", None)
        assert isinstance(found, Manifest), "Set the class attribute `manifest = Manifest(...)`."

    def test_name_is_lower_case(self) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", self.manifest.name), (
            f"manifest.name is {self.manifest.name!r}: lower-case letters, digits and _ were expected, at most 32."
        )

    def test_title_is_there(self) -> None:
        title = self.manifest.title
        assert title == title.strip() != "", f"manifest.title is {title!r}: write the platform's name as people do."

    @only_where(lambda given: given.powers())  # without any it speaks to no outside platform
    def test_documentation_is_there(self) -> None:
        address = self.manifest.documentation
        assert re.fullmatch(r"https://[^\s/]+\.\S+", address), (
            f"manifest.documentation is {address!r}: give the https address of the platform's own documentation."
        )

    def test_class_says_what_it_is(self) -> None:
        assert (self.adapter.__doc__ or "").strip() not in ("", Adapter.__doc__), (
            "Give the adapter class a docstring of one sentence."
        )

    def test_kind_is_known(self) -> None:
        assert self.manifest.kind in ("chat", "message", "mail"), (
            f"manifest.kind is {self.manifest.kind!r}: chat, message or mail."
        )

    def test_limits_make_sense(self) -> None:
        assert not list(senseless(self.manifest.sends)), "\n".join(senseless(self.manifest.sends))

    def test_mime_types_are_types(self) -> None:
        sends = self.manifest.sends
        limits = (
            limit for limit in (sends.image, sends.audio, sends.video, sends.file) if isinstance(limit, FileLimit)
        )
        wrong = [mime for limit in limits for mime in limit.mime if not re.fullmatch(r"[a-z]+/([\w.+-]+|\*)", mime)]
        assert not wrong, f"These are not MIME types: {wrong}; write image/png or image/*."

    def test_carousel_has_a_card(self) -> None:
        sends = self.manifest.sends
        assert not sends.carousel or sends.card, "sends.carousel needs sends.card: how many buttons may each card have?"

    def test_times_are_positive(self) -> None:
        for name in ("reply_window", "press_window", "answers_within"):
            duration = getattr(self.manifest, name)
            assert duration is None or duration.total_seconds() > 0, (
                f"manifest.{name} is {duration}: more than zero was expected."
            )

    def test_forwards_what_it_says(self) -> None:
        assert bool(self.manifest.forwards) == ("forward" in self.powers()), (
            f"manifest.forwards is {self.manifest.forwards}: it says to how many `forward` goes, and needs that method; 0: to nobody."
        )

    def test_a_press_allows_less(self) -> None:
        within, pressed = self.manifest.reply_window, self.manifest.press_window
        assert pressed is None or (within is not None and pressed < within), (
            f"manifest.press_window is {pressed}: less than reply_window was expected, or None."
        )

    def test_pace_is_positive(self) -> None:
        pace = self.manifest.pace
        assert min(pace.account, pace.customer) > 0, f"manifest.pace is {pace}: nothing would ever be sent."
        assert pace.burst >= 1, f"manifest.pace is {pace}: nothing would ever be sent."

    def test_body_limit_is_sane(self) -> None:
        assert 1024 <= self.manifest.body_limit <= 100 * 1024 * 1024, (
            f"manifest.body_limit is {self.manifest.body_limit} bytes."
        )

    def test_errors_say_what_happens_next(self) -> None:
        for code, kind in self.manifest.errors.items():
            assert isinstance(code, str), f"manifest.errors: write {code!r} as text; platforms mix numbers and words."
            assert code, "manifest.errors has an empty code."
            assert issubclass(kind, DeliveryError), (
                f"manifest.errors[{code!r}] is {kind.__name__}: a DeliveryError was expected."
            )
            assert kind not in (DeliveryError, Uncertain), (
                f"manifest.errors[{code!r}]: a code is an answer, so choose what it means."
            )

    def test_can_do_something(self) -> None:
        assert self.manifest.kind == "chat" or self.powers(), (
            f"{self.adapter.__name__} overrides nothing: it can do nothing."
        )

    def test_what_is_parsed_is_verified(self) -> None:
        assert "parse" not in self.powers() or self.powers() & {"verify", "poll"}, (
            "Override `verify` as well, or `poll`: without it the channel has no webhook, and anybody could speak for any customer."
        )

    def test_power_waits_or_not(self, power: str) -> None:
        waits = inspect.iscoroutinefunction(inspect.unwrap(getattr(self.adapter, power)))
        assert waits == (power in WAITING), (
            f"`{power}` must {'' if power in WAITING else 'not '}be an `async def` that returns."
        )

    def test_power_has_a_case(self, shown_power: str) -> None:
        found = (
            self.inbound()
            if shown_power == "parse"
            else [case for case in self.outbound() if case.power == shown_power]
        )
        assert found, (
            f"Write a case for `{shown_power}` into {getattr(self, 'cases', 'cases/')}: see channels/kit/README.md."
        )

    def test_inbound_case_says_what_it_is_about(self, inbound: InboundCase) -> None:
        assert inbound.about.strip(), f"{inbound.path.name}: `about` is a sentence."

    def test_outbound_case_says_what_it_is_about(self, outbound: OutboundCase) -> None:
        assert outbound.about.strip(), f"{outbound.path.name}: `about` is a sentence."
        assert outbound.power in self.powers(), (
            f"{outbound.path.name}: the adapter does not override `{outbound.power}`."
        )


class ConfigChecks(Configured):
    def test_config_is_ours(self) -> None:
        assert issubclass(self.plugin().Config, Config), (
            "Write `class Mine(Adapter[MyConfig])`, or Robot[MyConfig], MyConfig a subclass of channels.Config."
        )

    def test_config_refuses_unknown_keys(self) -> None:
        with pytest.raises(ValidationError):
            self.build({"key_nobody_declared": 1})

    def test_config_is_frozen(self) -> None:
        assert self.plugin().Config.model_config.get("frozen"), (
            "Keep `frozen=True`: what a plugin is configured with does not change."
        )

    def test_config_can_be_drawn_as_a_form(self) -> None:
        assert self.plugin().Config.model_json_schema()["type"] == "object"

    def test_secrets_are_secret(self) -> None:
        fields = self.plugin().Config.model_fields.items()
        bare = [
            name for name, field in fields if SECRET_WORDS.search(name) and field.annotation in (str, str | None, bytes)
        ]
        assert not bare, f"Declare {', '.join(bare)} as SecretStr, so that no log and no page shows it."

    def test_secrets_of_the_test_can_be_searched_for(self) -> None:
        for name, secret in self.secrets().items():
            assert len(secret) >= LEAST_SECRET, (
                f"config: give {name} at least {LEAST_SECRET} characters that occur nowhere else."
            )
            others = [value for key, value in self.values().items() if key != name]
            assert secret not in others, f"config: {name} has the same value as another key."

    def test_secrets_are_not_shown(self) -> None:
        plugin = self.build()
        self.shows_no_secret(f"{plugin!r} {plugin!s} {plugin.config!r} {plugin.config!s}", "repr or str")

    def test_a_wrong_configuration_shows_no_secret(self) -> None:
        for name, secret in self.secrets().items():
            with pytest.raises(ValidationError) as caught:
                self.build({name: [secret], "key_nobody_declared": secret})
            self.shows_no_secret(str(caught.value), "the error of a wrong configuration")

    def test_building_reaches_nothing(self) -> None:
        with sealed():
            assert self.build() is not self.build()
