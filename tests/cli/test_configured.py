"""`check`, `apply` and `run`: files in, complaints or a changed centre out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.served import ask, served, ucs
from tests.docs.project import ROOT

CENTER = """
[acme]
name = "Acme"
[acme.queue.support]
[acme.agent.ann]
password = "ann's password"
skills = { support = 5 }
[acme.channel.site]
adapter = "webchat"
queue = "support"
"""
WRONG = """
[acme]
name = "Acme"
[acme.queue.support]
offer_for = "soon"
[acme.agent.ann]
colour = "red"
[acme.agent.ben]
skills = { sails = 5 }
[acme.channel.site]
adapter = "pigeon"
queue = "support"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "plugins.toml").write_text((ROOT / "plugins.toml").read_text())
    (tmp_path / "center.toml").write_text(CENTER)
    (tmp_path / "ucs.toml").write_text('data = "data"\nport = 0\n')
    return tmp_path


def sign_in(url: str, password: str) -> int:
    return ask(f"{url}/desk/sign-in", {"tenant": "acme", "agent": "ann", "password": password})[0]


def test_check_says_what_was_found(home: Path) -> None:
    found = ucs("check", "--center", "center.toml", cwd=home)
    assert (found.returncode, found.stderr) == (0, "")
    assert "1 tenant, 1 queue, 1 agent, 1 channel" in found.stdout
    assert not (home / "data").exists()


def test_check_complains_of_everything_at_once(home: Path) -> None:
    (home / "center.toml").write_text(WRONG)
    (home / "ucs.toml").write_text('port = 99999\ncenter = "center.toml"\nshoes = 2\n')
    found = ucs("check", "--center", "center.toml", cwd=home)
    assert found.returncode == 2
    assert "Traceback" not in found.stderr
    assert [word for word in ("port", "shoes") if word not in found.stderr] == []
    (home / "ucs.toml").write_text('center = "center.toml"\n')
    found = ucs("check", cwd=home)
    keys = ("support.offer_for", "ann.colour", "ben.skills", "site.adapter")
    assert [key for key in keys if key not in found.stderr] == []


def test_check_says_what_to_do_where_there_is_no_installation(tmp_path: Path) -> None:
    found = ucs("check", cwd=tmp_path)
    assert found.returncode == 2
    assert [words for words in ("ucs.toml", "docs/operating.md", "--config") if words not in found.stderr] == []


def test_a_program_that_is_none_is_complained_of_before_anybody_speaks(home: Path) -> None:
    (home / "ucs.toml").write_text('ffmpeg = "center.toml"\n')
    found = ucs("check", cwd=home)
    assert found.returncode == 2
    assert "ffmpeg" in found.stderr
    assert "a program" in found.stderr


def test_a_file_that_is_not_there_is_a_sentence(home: Path) -> None:
    for arguments in (
        ("check", "-c", "no.toml"),
        ("run", "-c", "no.toml"),
        ("apply", "no.toml"),
        ("replay", "x", "-c", "no.toml"),
    ):
        found = ucs(*arguments, cwd=home)
        assert (found.returncode, "no.toml" in found.stderr, "Traceback" in found.stderr) == (2, True, False)


def test_apply_without_a_server_writes_the_store_and_the_server_finds_it(home: Path) -> None:
    found = ucs("apply", "center.toml", cwd=home)
    assert found.returncode == 0, found.stderr
    assert "4 settings changed" in found.stdout
    assert "0 settings changed" in ucs("apply", "center.toml", cwd=home).stdout
    with served("run", data=home / "data", cwd=home) as url:
        assert sign_in(url, "ann's password") == 200
        assert sign_in(url, "wrong") == 401


def test_apply_to_a_running_server(home: Path) -> None:
    with served("run", data=home / "data", cwd=home) as url:
        assert sign_in(url, "ann's password") == 401
        assert ucs("apply", "center.toml", cwd=home).returncode == 0
        assert sign_in(url, "ann's password") == 200
        (home / "center.toml").write_text(CENTER.replace('queue = "support"', 'queue = "sails"'))
        refused = ucs("apply", "center.toml", cwd=home)
        assert (refused.returncode, "sails" in refused.stderr) == (2, True)
        assert sign_in(url, "ann's password") == 200
        wrong_key = ucs("apply", "center.toml", "--to", url, "--key", "env:HERE", cwd=home, env={"HERE": "x" * 64})
        assert wrong_key.returncode == 2
        assert "x" * 64 not in wrong_key.stderr


def test_a_key_never_travels_in_the_clear(home: Path) -> None:
    found = ucs("apply", "center.toml", "--to", "http://chat.example.com", "--key", "env:HOME", cwd=home)
    assert (found.returncode, "https://" in found.stderr) == (2, True)


def test_the_installations_own_center_is_put_in_force_at_the_start(home: Path) -> None:
    (home / "ucs.toml").write_text('data = "data"\nport = 0\ncenter = "center.toml"\n')
    with served("run", data=home / "data", cwd=home) as url:
        assert sign_in(url, "ann's password") == 200


def test_a_start_that_cannot_be_starts_nothing(home: Path) -> None:
    (home / "center.toml").write_text(WRONG)
    (home / "ucs.toml").write_text('data = "data"\nport = 0\ncenter = "center.toml"\n')
    found = ucs("run", cwd=home)
    assert (found.returncode, "pigeon" in found.stderr, "Traceback" in found.stderr) == (2, True, False)
    assert not (home / "data" / "server.json").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_cannot_be_written_is_a_sentence(home: Path) -> None:
    (home / "data").mkdir(mode=0o500)
    assert ucs("run", cwd=home).returncode == 2
