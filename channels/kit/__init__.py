"""The conformance kit: what adapters and robots promise, as checks that their tests inherit. Start with `README.md`."""

from channels.kit.case import CaseError, InboundCase, OutboundCase, Step, load_case, load_cases
from channels.kit.contract import AdapterContract
from channels.kit.http import Call, FakeHttp, Unexpected, failing, permissive, played, recording
from channels.kit.robot import RobotContract
from channels.kit.robot_case import RobotCase, load_robot_case, turn_of

__all__ = [
    "AdapterContract",
    "Call",
    "CaseError",
    "FakeHttp",
    "InboundCase",
    "OutboundCase",
    "RobotCase",
    "RobotContract",
    "Step",
    "Unexpected",
    "failing",
    "load_case",
    "load_cases",
    "load_robot_case",
    "permissive",
    "played",
    "recording",
    "turn_of",
]
