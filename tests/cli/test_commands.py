"""The command line itself, new adapters, and replays that find something."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.served import ask, served, ucs
from tests.docs.project import ROOT
from ucs.cli.new_adapter import class_of
from ucs.store.store import Store, sqlite_url

HEAVY = "aiohttp", "alembic", "pydantic", "sqlalchemy", "structlog", "ucs.runtime", "channels"


def test_help_is_quick_because_it_loads_nothing() -> None:
    code = f"import sys, ucs.cli.commands; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True)  # noqa: S603
    assert (found.stdout.strip(), found.stderr) == ("", "")


def test_every_command_has_its_help() -> None:
    shown = ucs("--help").stdout
    assert [
        name
        for name in ("demo", "run", "check", "apply", "adapters", "new-adapter", "flow", "replay", "bench")
        if name not in shown
    ] == []


def test_adapters_are_shown_with_their_grades(tmp_path: Path) -> None:
    shown = ucs("adapters", cwd=ROOT)
    claimed = (ROOT / "quality.toml").read_text().count('grade = "gold"')
    assert (shown.returncode, shown.stdout.count("gold")) == (0, claimed)
    for name in ("plugins.toml", "quality.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    wrong = ucs("adapters", cwd=tmp_path)  # where no end-to-end test is, and no page
    assert wrong.returncode != 0
    assert "gold is claimed; run lacks" in " ".join(wrong.stderr.replace("│", " ").split())


@pytest.mark.parametrize("name", ["kiwi", "five_g"])
def test_a_new_adapter_passes_the_kit_as_it_is(tmp_path: Path, name: str) -> None:
    assert ucs("new-adapter", name, "--into", "mine", cwd=tmp_path).returncode == 0
    folder = tmp_path / "mine" / name
    test = (folder / f"test_{name}.py").read_text()
    assert len(test.partition("class ")[2].splitlines()) < 10
    assert f'{name} = "mine.{name}:' in (folder / "README.md").read_text()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
        str(folder),
    ]
    found = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, timeout=120)  # noqa: S603
    assert found.returncode == 0, found.stdout
    assert " passed" in found.stdout
    for tool in (("check", "--no-cache", "--config"), ("format", "--check", "--no-cache", "--config")):
        lint = [sys.executable, "-m", "ruff", *tool, str(ROOT / "pyproject.toml"), str(folder)]
        assert subprocess.run(lint, capture_output=True, text=True).returncode == 0  # noqa: S603
    assert ucs("new-adapter", name, "--into", "mine", cwd=tmp_path).returncode == 2
    (tmp_path / "plugins.toml").write_text(f'[adapters]\n{name} = "mine.{name}:{class_of(name)}"\n')
    (tmp_path / "quality.toml").write_text(f'[{name}]\ngrade = "bronze"\n')
    shown = ucs("adapters", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_new_adapter_is_not_put_where_python_does_not_find_it(tmp_path: Path) -> None:
    """`adapters` elsewhere is not the package `adapters`, which is ours."""
    refused = ucs("new-adapter", "kiwi", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--into" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    assert "PYTHONPATH" in ucs("new-adapter", "kiwi", "--into", ".", cwd=tmp_path).stdout


@pytest.mark.parametrize("name", ["", "Kiwi", "../kiwi", "ki wi", "9g", "ki-wi"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    assert ucs("new-adapter", name, "--into", "adapters", cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_replay_shows_what_would_be_different(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        session = ask(f"{url}/chat/website/session", {})[1]
        said = {"id": "0190a000-0000-7000-8000-000000000002", "parts": [{"type": "text", "text": "Hello"}]}
        contact = ask(f"{url}/chat/messages", said, session["token"])[1]["contact"]
    same = ucs("replay", contact, "--data", str(data))
    assert (same.returncode, "writes the same" in same.stdout) == (0, True), same.stderr
    with sqlite3.connect(data / "ucs.db") as store:
        store.execute(
            "UPDATE entry SET body = replace(body, 'Thank you for writing', 'Hi') WHERE contact = ?", (contact,)
        )
    differs = ucs("replay", contact, "--data", str(data))
    assert (differs.returncode, "Thank you for writing" in differs.stdout) == (1, True)
    assert ucs("replay", "nobody", "--data", str(data)).returncode == 2
    assert ucs("replay", "nobody", "--data", str(tmp_path)).returncode == 2


def test_what_is_stored_can_be_looked_at(tmp_path: Path) -> None:
    missing = ucs("check", "--data", str(tmp_path))
    assert (missing.returncode, "There is no store in" in missing.stderr) == (2, True)
    path = tmp_path / "ucs.db"
    store = Store(sqlite_url(path))
    store.migrate()
    store.close()
    found = ucs("check", "--data", str(tmp_path))
    assert (found.returncode, "All is well" in found.stdout) == (0, True)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO entry VALUES ('c1', 2, 1, 'message', 'customer', 'all', '{}', NULL)")
    connection.close()
    found = ucs("check", "--data", str(tmp_path))
    assert (found.returncode, "There are lines of c1, and no such contact." in found.stdout) == (1, True)
    path.write_bytes(b"This is no database at all, whatever its name says." * 100)
    found = ucs("check", "--data", str(tmp_path))
    assert (found.returncode, "cannot be read" in found.stderr, "Traceback" in found.stderr) == (2, True, False)
