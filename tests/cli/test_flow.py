"""`ucs flow`: what is wrong with a flow is said at once and with lines; one that is right can be drawn."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

from tests.cli.served import ucs
from tests.docs.project import ROOT

HARBOUR = ROOT / "ucs/demo/harbour.flow.toml"
WRONG = """\
start = "hello"

[node.hello]
say = "Hello {nobody}"
next = "nowhere"
colour = "blue"

[node.island]
close = "done"
"""


def test_the_demos_flow_is_well() -> None:
    found = ucs("flow", "check", str(HARBOUR))
    assert (found.returncode, found.stdout.partition(":")[0]) == (0, "All is well")


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(WRONG)
    found = ucs("flow", "check", str(file), cwd=tmp_path)
    assert found.returncode == 2
    assert "node.hello.colour" in "".join(found.stderr.split())
    file.write_text(WRONG.replace('colour = "blue"\n', ""))
    shown = "".join(ucs("flow", "check", "a.toml", cwd=tmp_path).stderr.split())
    for each in ("a.toml:4", "node.hello.say", "a.toml:5", "node.hello.next", "a.toml:7", "node.island"):
        assert each in shown


def test_a_flow_is_drawn_beside_itself(tmp_path: Path) -> None:
    shutil.copy(HARBOUR, tmp_path / "a.toml")
    assert ucs("flow", "draw", "a.toml", cwd=tmp_path).returncode == 0
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")  # noqa: S314  we have just written it


def test_what_cannot_be_done_is_a_sentence(tmp_path: Path) -> None:
    assert ucs("flow", "check", "nowhere.toml", cwd=tmp_path).returncode == 2
    (tmp_path / "a.toml").write_bytes(b"\xff")
    assert "UTF-8" in ucs("flow", "check", "a.toml", cwd=tmp_path).stderr
    shutil.copy(HARBOUR, tmp_path / "b.toml")
    assert ucs("flow", "draw", "b.toml", "--to", "no/b.svg", cwd=tmp_path).returncode == 2
