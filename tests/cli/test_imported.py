"""What a server imports: what its channels need and no more. A start takes as long as its imports do, and an idle server weighs as
much."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.served import ask, served, ucs
from tests.docs.project import ROOT

CENTER = """
[acme.queue.support]
[acme.agent.ann]
password = "ann's password"
skills = { support = 5 }
[acme.channel.site]
adapter = "webchat"
queue = "support"
"""
BY_LINE = """
[acme.channel.line]
adapter = "line"
queue = "support"
config = { channel_secret = "env:LINE_SECRET", access_token = "env:LINE_TOKEN", api_base = "http://127.0.0.1:9" }
"""
IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", re.MULTILINE)
# Whatever lies below one of these is meant as well.
ASKED_FOR = {
    "jwt": "the first token",
    "cryptography": "the first token, or a chat with a public key",
    "prometheus_client": "Prometheus",
    "ucs.api.openapi": "somebody who reads the description",
}
NOT_NEEDED = {
    "rich.console": "nothing is drawn for people",
    "pygments": "nothing is drawn for people",
    "alembic": "the schema is today's",
    "sqlalchemy.dialects.postgresql": "the store is SQLite",
    "PIL": "no picture has come",
    "nh3": "no mail is read",
    "jieba": "no robot reads Chinese",
    "rapidfuzz": "no robot guesses what was meant",
    "telegram": "no bot is configured",
    "linebot": "it is of the tests",
    "pytest": "it is of the tests",
    "robots": "no robot is configured",
    "channels.fake": "nobody plays",
    "channels.kit": "nothing is tested",
    **{
        f"adapters.{name}": "no channel is of it"
        for name in ("email", "line", "telegram", "wechat", "wecom", "_tencent")
    },
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that names every plugin, set up by a start before. Whoever runs there tells what was imported."""
    (tmp_path / "plugins.toml").write_text((ROOT / "plugins.toml").read_text())
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "ucs.toml").write_text('data = "data"\nport = 0\ncenter = "center.toml"\n')
    with served("run", data=tmp_path / "data", cwd=tmp_path):
        pass
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    return tmp_path


def imported(home: Path) -> set[str]:
    """What the server that runs, or ran last, has imported until now."""
    return set(IMPORTED.findall((home / "output.txt").read_text()))


def under(modules: set[str], name: str) -> list[str]:
    return sorted(each for each in modules if each == name or each.startswith(f"{name}."))


def test_a_web_chat_alone_needs_nothing_of_the_platforms(home: Path) -> None:
    with served("run", data=home / "data", cwd=home):
        modules = imported(home)
    assert {"ucs.api.app", "adapters.webchat.config"} <= modules
    assert {name: found for name in NOT_NEEDED | ASKED_FOR if (found := under(modules, name))} == {}


def test_what_is_imported_when_it_is_asked_for_is_there_then(home: Path) -> None:
    with served("run", data=home / "data", cwd=home) as url:
        assert ask(f"{url}/chat/site/session", {})[0] == 201
        assert ask(f"{url}/openapi.json")[1]["openapi"]
        assert ask(f"{url}/metrics")[0] == 401
        modules = imported(home)
    assert all(under(modules, name) for name in ("jwt", "ucs.api.openapi"))
    assert not under(modules, "prometheus_client")
    assert {name: found for name in NOT_NEEDED if (found := under(modules, name))} == {}


def test_a_channel_brings_its_platform_and_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_SECRET", "shh")
    monkeypatch.setenv("LINE_TOKEN", "hush")
    (home / "center.toml").write_text(CENTER + BY_LINE)
    with served("run", data=home / "data", cwd=home):
        modules = imported(home)
    assert under(modules, "adapters.line")
    assert not under(modules, "adapters.telegram")


def test_a_broken_plugin_is_found_by_check_and_stops_only_who_uses_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPROFILEIMPORTTIME")
    (home / "broken.py").write_text("raise RuntimeError('no licence')\n")
    (home / "plugins.toml").write_text('[adapters]\nbroken = "broken:Broken"\nwebchat = "adapters.webchat:Webchat"\n')
    with served("run", data=home / "data", cwd=home):
        pass
    checked = ucs("check", cwd=home)
    (home / "center.toml").write_text(CENTER.replace('"webchat"', '"broken"'))
    run = ucs("run", cwd=home)
    for done in (checked, run):
        assert done.returncode == 2
        assert "broken cannot be imported: RuntimeError: no licence." in " ".join(done.stderr.replace("│", " ").split())
