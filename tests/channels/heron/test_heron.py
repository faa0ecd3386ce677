"""The kit with an adapter that polls, renews its token and takes words back, and with one that does nothing at all."""

from pathlib import Path

from channels.kit import AdapterContract
from tests.channels.heron import Heron, HeronConfig, Owl


class TestHeron(AdapterContract):
    adapter = Heron
    config = HeronConfig.model_validate({"password": "heron-password"})
    cases = Path(__file__).parent / "cases"


class TestOwl(AdapterContract):
    adapter = Owl
