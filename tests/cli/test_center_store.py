"""A center file is put in force at each start: what is as it was last time costs no slow hash, and what is not is noticed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from channels.errors import ConfigError
from channels.events import CustomerLeft
from channels.plugins import Plugins
from tests.runtime.fake_channel import FakeChannel
from tests.runtime.hall import changed
from tests.runtime.heard import heard
from ucs.cli.center_store import put_center, stored_center
from ucs.runtime.center.installation import Installation
from ucs.runtime.center.passwords import Passwords
from ucs.runtime.engine.arrived import Arrived
from ucs.runtime.engine.engine import Engine
from ucs.store.store import Store

PLUGINS = Plugins({"fake": FakeChannel})
AGENTS = {"ann": {"password": "correct horse"}, "bob": {"password": "battery staple"}}
VALUES: dict[str, Any] = {"acme": {"queue": {"q": {}}, "agent": AGENTS}}


class Counting(Passwords):
    """How often there was slow work to do."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def hash(self, password: str) -> str:
        self.asked += 1
        return super().hash(password)

    def holds(self, kept: str, password: str) -> bool:
        self.asked += 1
        return super().holds(kept, password)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "data").mkdir()
    return Installation(data=tmp_path / "data")


COUNTING = Counting()


def put(installation: Installation, values: dict[str, Any]) -> int:
    """How much slow work that was."""
    before = COUNTING.asked
    put_center(installation, PLUGINS, values, "center.toml", lambda: COUNTING)
    return COUNTING.asked - before


def passwords(installation: Installation) -> dict[str, bool]:
    """Who may sign in with the first password."""
    agents = stored_center(installation, PLUGINS).agents
    return {id: COUNTING.holds(agents["acme", id].password_hash, "correct horse") for _, id in agents}


def test_the_same_passwords_are_not_hashed_again(installation: Installation) -> None:
    assert put(installation, VALUES) == 2
    assert put(installation, VALUES) == 0
    assert put(installation, changed(VALUES, "acme.agent.ann.name", "Ann")) == 0
    assert passwords(installation) == {"ann": True, "bob": False}


@pytest.mark.parametrize(
    ("path", "value", "signs_in"),
    [
        ("acme.agent.bob.password", "correct horse", {"ann": True, "bob": True}),
        ("acme.agent.ann.password", "another horse", {"ann": False, "bob": False}),
        ("acme.agent.cat.password", "correct horse", {"ann": True, "bob": False, "cat": True}),
    ],
)
def test_another_password_is_noticed(
    installation: Installation, path: str, value: str, signs_in: dict[str, bool]
) -> None:
    put(installation, VALUES)
    assert put(installation, changed(VALUES, path, value)) > 0
    assert passwords(installation) == signs_in
    assert put(installation, changed(VALUES, path, value)) == 0


def test_exchanged_passwords_are_noticed(installation: Installation) -> None:
    put(installation, VALUES)
    exchanged = {"acme": {"queue": {"q": {}}, "agent": {"ann": AGENTS["bob"], "bob": AGENTS["ann"]}}}
    assert put(installation, exchanged) > 0
    assert passwords(installation) == {"ann": False, "bob": True}


@pytest.mark.parametrize("file", ["passwords.seal", "secret.key", "ucs.db"])
def test_whatever_is_lost_nobody_gets_in_with_another_password(installation: Installation, file: str) -> None:
    put(installation, VALUES)
    for path in installation.data.glob(f"{file}*"):
        path.unlink()
    assert put(installation, VALUES) > 0
    assert passwords(installation) == {"ann": True, "bob": False}


def test_the_seal_holds_no_password_and_is_the_owner_s_alone(installation: Installation) -> None:
    put(installation, VALUES)
    seal = installation.data / "passwords.seal"
    assert seal.stat().st_mode & 0o777 == 0o600
    assert len(seal.read_text()) == 64
    before = seal.read_text()
    (installation.data / "secret.key").write_bytes(b"k" * 32)
    put(installation, VALUES)
    assert seal.read_text() != before


def test_what_is_wrong_is_said_as_ever(installation: Installation) -> None:
    put(installation, VALUES)
    with pytest.raises(ConfigError, match="8 to 200 characters"):
        put(installation, changed(VALUES, "acme.agent.ann.password", "short"))
    assert passwords(installation) == {"ann": True, "bob": False}


async def hear(installation: Installation, values: dict[str, Any], event: Any) -> None:
    """A server runs for a moment, and this happens in it."""
    store = Store(installation.store_url)
    engine = Engine(
        store, stored_center(installation, PLUGINS), now=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex
    )
    await engine.start()
    await engine.submit(event)
    await engine.close()
    store.close()


@pytest.mark.parametrize(("kind", "id"), [("channel", "site"), ("queue", "q")])
async def test_what_open_contacts_need_stays(installation: Installation, kind: str, id: str) -> None:
    """A server that runs refuses to remove it, and one that does not is no way around that."""
    site = {"site": {"adapter": "fake", "queue": "q"}}
    with_site = {"acme": {"queue": {"q": {}, "other": {}}, "channel": site, "agent": {}}}
    without: dict[str, Any] = {"acme": {"queue": {"q": {}, "other": {}}, "channel": {}, "agent": {}}}
    if kind == "queue":
        without = {"acme": {"queue": {"other": {}}, "channel": {"site": {"adapter": "fake", "queue": "other"}}}}
    put(installation, with_site)
    await hear(installation, with_site, heard("m1", "ann", channel="site"))
    with pytest.raises(ConfigError) as refused:
        put(installation, without)
    (complaint,) = refused.value.complaints
    assert (complaint.key, "open contacts are over (1)" in complaint.expected) == (f"acme.{kind}.{id}", True)
    assert ("acme", "q") in stored_center(installation, PLUGINS).queues
    await hear(installation, with_site, Arrived("site", (CustomerLeft("l1", datetime.now(UTC), "ann"),)))
    assert put(installation, without) == 0
    assert ("acme", "other") in stored_center(installation, PLUGINS).queues
    assert len(stored_center(installation, PLUGINS).channels) == (kind == "queue")
