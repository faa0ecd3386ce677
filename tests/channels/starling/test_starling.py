"""The made-up robot under the conformance kit."""

from pathlib import Path

from pydantic import SecretStr

from channels.kit import RobotContract
from tests.channels.starling import Starling, StarlingConfig


class TestStarling(RobotContract):
    robot = Starling
    config = StarlingConfig(api_key=SecretStr("key-of-the-tests"))
    cases = Path(__file__).parent / "cases"
