"""Every folder here is in `plugins.toml`, under the name that the robot has itself."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

from channels.robot import Robot

HERE = Path(__file__).parent


def test_every_robot_can_be_used() -> None:
    named = tomllib.loads((HERE.parent / "plugins.toml").read_text("utf-8"))["robots"]
    folders = {path.parent.name for path in HERE.glob("*/__init__.py")}
    assert set(named) == folders
    for name, place in named.items():
        module, _, attribute = place.partition(":")
        robot = getattr(importlib.import_module(module), attribute)
        assert issubclass(robot, Robot)
        assert robot.name == name
