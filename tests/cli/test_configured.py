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
    keys = ("support.offer_for", "ann.colour", "ben.skills", "site.adapter")
    for installation in ('center = "center.toml"\n', 'port = 99999\nstore = 7\ncenter = "center.toml"\n'):
        (home / "ucs.toml").write_text(installation)
        found = ucs("check", cwd=home)
        assert [key for key in keys if key not in found.stderr] == []


INSTALLATIONS = {
    "a key that is written wrongly": ("prot = 80", ("prot", "is it `port`?")),
    "an address without its beginning": ('public_url = "chat.example.com"', ("public_url", "https://")),
    "a network that is none": ('allow = ["10.0.0.0/99"]', ("allow", "10.0.0.0/99", "host:port")),
    "one text for a list": ('allow = "127.0.0.1:9000"', ("allow", "a list, as [")),
    "a database that we do not speak to": ('store = "mysql://here/ucs"', ("store", "postgresql+psycopg://")),
    "no host": ('host = ""', ("host", "0.0.0.0 for all")),
    "a number for a folder": ("data = 5", ("data", "a path, in quotes")),
    "no TOML": ('host = "here', ("toml", "it is not TOML")),
}


@pytest.mark.parametrize("about", INSTALLATIONS)
def test_what_is_wrong_with_an_installation_is_said_so_that_it_can_be_mended(home: Path, about: str) -> None:
    text, said = INSTALLATIONS[about]
    (home / "ucs.toml").write_text(text + "\n")
    for command in ("check", "run"):
        found = ucs(command, cwd=home)
        assert (found.returncode, "Traceback" in found.stderr) == (2, False)
        assert [words for words in said if words not in " ".join(found.stderr.replace("│", " ").split())] == []


def test_a_key_of_the_center_that_is_written_wrongly_is_told_the_right_one(home: Path) -> None:
    (home / "center.toml").write_text(CENTER + 'qeue = "x"\nconfig.orgins = ["https://a.example"]\n')
    assert "is it `queue`?" in ucs("check", "--center", "center.toml", cwd=home).stderr
    (home / "center.toml").write_text(CENTER + 'config.orgins = ["https://a.example"]\n')
    assert "is it `origins`?" in ucs("check", "--center", "center.toml", cwd=home).stderr


def test_a_file_is_called_as_it_is_called_here(home: Path) -> None:
    (home / "ucs.toml").write_text('center = "center.toml"\n')
    (home / "center.toml").write_text(CENTER + "shoes = 2\n")
    assert str(home) not in ucs("check", cwd=home).stderr


def test_an_address_that_is_none_of_this_machine_is_not_called_taken(home: Path) -> None:
    for host in ("192.0.2.1", "nobody.invalid"):
        (home / "ucs.toml").write_text(f'data = "data"\nhost = "{host}"\n')
        found = " ".join(ucs("run", cwd=home).stderr.replace("│", " ").split())
        assert f"an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them; {host} is none" in found


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
        applied = ucs("apply", "center.toml", cwd=home)
        assert (applied.returncode, "1 tenant, 1 queue, 1 agent, 1 channel, 0 phrases" in applied.stdout) == (0, True)
        assert sign_in(url, "ann's password") == 200
        (home / "center.toml").write_text(CENTER.replace('queue = "support"', 'queue = "sails"'))
        refused = ucs("apply", "center.toml", cwd=home)
        assert (refused.returncode, "sails" in refused.stderr) == (2, True)
        assert sign_in(url, "ann's password") == 200
        (home / "center.toml").write_text(CENTER.replace('"ann\'s password"', '"env:ANN_HERE_ALONE"'))
        refused = ucs("apply", "center.toml", cwd=home, env={"ANN_HERE_ALONE": "ann's password"})
        assert (refused.returncode, "is not set where the server runs" in refused.stderr) == (2, True)
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
