"""What a tenant's admin writes into a setting is kept as it is: no file of the machine and no variable is looked into for it, be it to
say what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.house import House

FLOW = """
start = "hello"
[node.hello]
say = "{said}"
next = "over"
[node.over]
hand_over = "over"
"""


def flow(file: Path) -> dict[str, Any]:
    return {"robot": "flow", "config": {"file": str(file)}}


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """A flow of another tenant's."""
    file = tmp_path / "globex.flow.toml"
    file.write_text(FLOW.replace("{said}", "Our margin is 40 percent."))
    return file


async def test_an_admin_names_no_file_of_the_machine(house: House, another: Path, tmp_path: Path) -> None:
    """A robot would have said it, or a complaint; and reading `/dev/zero` takes all memory there is."""
    amy, path = await house.agent("amy"), "/admin/tenants/acme/robots/spy"
    told = set()
    for file in (another, tmp_path / "missing", tmp_path, Path("/etc/passwd")):
        problem = await house.no(422, "PUT", path, amy.headers, json=flow(file))
        told.add(problem["detail"])
    assert len(told) == 1  # so nothing was learned of any of them
    assert "operator" in told.pop()


async def test_nor_with_all_the_others(house: House, another: Path) -> None:
    amy = await house.agent("amy")
    whole = {"acme": {"queue": {"support": {}}, "robot": {"spy": flow(another)}}}
    problem = await house.no(422, "POST", "/admin/apply", amy.headers, json=whole)
    assert "acme.robot.spy.config.file" in problem["detail"]


async def test_the_operator_may_and_what_stands_there_may_stay(house: House, another: Path) -> None:
    amy, path = await house.agent("amy"), "/admin/tenants/acme/robots/front"
    await house.ok("PUT", path, house.operator, json=flow(another))
    await house.ok("PUT", path, amy.headers, json={**flow(another), "name": "Front"})
    moved = another.with_name("other.flow.toml")
    await house.no(422, "PUT", path, amy.headers, json=flow(moved))


async def test_a_secret_that_may_not_be_named_is_not_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the complaints tell whether a variable is set, a file there, and how long it is."""
    monkeypatch.setenv("GLOBEX__LONG", "k" * 40)
    monkeypatch.setenv("GLOBEX__SHORT", "k")
    amy, path = await house.agent("amy"), "/admin/tenants/acme/channels/vip"
    told = set()
    for reference in (
        "env:GLOBEX__LONG",
        "env:GLOBEX__SHORT",
        "env:GLOBEX__NOT_SET",
        "file:/etc/passwd",
        "file:/missing",
    ):
        config = {"identity_audience": "acme-chat", "identity_key": reference}
        channel = {"adapter": "webchat", "queue": "support", "config": config}
        told.add((await house.no(422, "PUT", path, amy.headers, json=channel))["detail"])
    assert len(told) == 1
