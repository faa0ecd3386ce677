"""`center.toml`: what it may say, and everything that is wrong with it at once, with file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.errors import ConfigError
from tests.api.house import PASSWORD, PLUGINS
from ucs.runtime.center.center import Center
from ucs.runtime.center.center_file import center_of, center_writes, parse_center, read_values
from ucs.runtime.center.passwords import Passwords

PASSWORDS = Passwords()
GOOD = """
[acme]
name = "Acme"

[acme.queue.support]
max_wait = "5m"
hours = { timezone = "Europe/Berlin", week = ["mon-fri 09:00-18:00"] }

[acme.agent.ann]
password = "env:ANN_PASSWORD"
skills.support = 1

[acme.channel.site]
adapter = "webchat"
queue = "support"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "center.toml"
    path.write_text(text, "utf-8")
    return path


def center(values: dict[str, Any], current: Center | None = None) -> Center:
    return center_of(values, PLUGINS, current=current.documents if current else None, passwords=PASSWORDS)


def complaints(values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ConfigError) as error:
        center(values)
    assert {each.file for each in error.value.complaints} == {"center.toml"}
    return {each.key: each.expected for each in error.value.complaints}


def test_a_good_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANN_PASSWORD", PASSWORD)
    found = center(read_values(written(tmp_path, GOOD)))
    assert found.tenants["acme"].name == "Acme"
    assert PASSWORDS.holds(found.agents["acme", "ann"].password_hash, PASSWORD)
    assert found.agents["acme", "ann"].skills == {"support": 1}
    assert found.channels["site"].policy.queue == "support"
    assert "password" not in found.documents["agent", "acme", "ann"].body


@pytest.mark.parametrize("how", ["literal", "env", "file"])
def test_the_ways_to_write_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("ANN_PASSWORD", PASSWORD)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    given = {"literal": PASSWORD, "env": "env:ANN_PASSWORD", "file": f"file:{tmp_path / 'password'}"}[how]
    (_, agent) = parse_center({"acme": {"agent": {"ann": {"password": given}}}}, passwords=PASSWORDS)
    assert PASSWORDS.holds(str(agent.body["password_hash"]), PASSWORD)


def test_the_hash_stays_while_the_password_does() -> None:
    first = center({"acme": {"agent": {"ann": {"password": PASSWORD}}}})
    hash = first.agents["acme", "ann"].password_hash
    for agent in ({"password": PASSWORD}, {"name": "Ann"}):
        assert center({"acme": {"agent": {"ann": agent}}}, first).agents["acme", "ann"].password_hash == hash
    changed = center({"acme": {"agent": {"ann": {"password": "another one"}}}}, first).agents["acme", "ann"]
    assert changed.password_hash != hash
    assert PASSWORDS.holds(changed.password_hash, "another one")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = complaints(
        {
            "acme": {
                "colour": "blue",
                "queue": {"support": {"offer_for": "soon"}, "a queue": {}, "nothing": 3},
                "agent": {
                    "ann": {"password": "env:NOT_THERE"},
                    "ben": {"password": "file:/not/there"},
                    "cleo": {"password": "short"},
                    "dora": {"password_hash": "$argon2id$"},
                    "emil": {"skills": {"sales": 1}},
                },
                "channel": {
                    "site": {"adapter": "webchat", "queue": "sales"},
                    "smoke": {"adapter": "smoke", "queue": "support"},
                },
            },
            "globex": 7,
            "initech": {"queue": []},
        }
    )
    assert set(found) >= {
        "acme.colour",
        "acme.queue.support.offer_for",
        "acme.queue.a queue",
        "acme.queue.nothing",
        "acme.agent.ann.password",
        "acme.agent.ben.password",
        "acme.agent.cleo.password",
        "acme.agent.dora.password_hash",
        "acme.agent.emil.skills.sales",
        "acme.channel.site.queue",
        "acme.channel.smoke.adapter",
        "globex",
        "initech.queue",
    }
    assert "NOT_THERE is not set" in found["acme.agent.ann.password"]
    assert "/not/there cannot be read" in found["acme.agent.ben.password"]


def test_a_secret_is_not_written_out() -> None:
    config = {"channel_secret": "the secret itself", "access_token": "env:TOKEN"}
    found = complaints(
        {"acme": {"queue": {"q": {}}, "channel": {"l": {"adapter": "line", "queue": "q", "config": config}}}}
    )
    assert found["acme.channel.l.config.channel_secret"].startswith("a reference, env:NAME or file:/path")
    assert "the secret itself" not in str(found)
    assert "TOKEN is not set" in found["acme.channel.l.config.access_token"]


@pytest.mark.parametrize(("text", "key"), [(b"[acme", "toml"), (b"\xff", "toml"), (None, "file")])
def test_files_that_cannot_be_read(tmp_path: Path, text: bytes | None, key: str) -> None:
    path = tmp_path / "center.toml"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(ConfigError) as error:
        read_values(path)
    assert [(each.file, each.key) for each in error.value.complaints] == [(str(path), key)]


def test_only_what_changes_is_written() -> None:
    first = center({"acme": {"queue": {"a": {}, "b": {"name": "B"}}}})
    second = center({"acme": {"queue": {"b": {"name": "C"}, "c": {}}}}, first)
    writes = center_writes(first.documents, second.documents)
    assert {(name, row[:3]) for name, row in writes} == {
        ("put_center", ("queue", "acme", "b")),
        ("put_center", ("queue", "acme", "c")),
        ("drop_center", ("queue", "acme", "a")),
    }
    assert center_writes(second.documents, second.documents) == ()
    assert {name for name, _ in center_writes({}, second.documents)} == {"put_center"}
