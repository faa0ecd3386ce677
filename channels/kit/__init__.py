"""The conformance kit: what an adapter promises, as checks that an adapter's test inherits. Start with `README.md`."""

from channels.kit.case import CaseError, InboundCase, OutboundCase, Step, load_case, load_cases
from channels.kit.contract import AdapterContract
from channels.kit.http import Call, FakeHttp, Unexpected, failing, permissive, played, recording

__all__ = [
    "AdapterContract",
    "Call",
    "CaseError",
    "FakeHttp",
    "InboundCase",
    "OutboundCase",
    "Step",
    "Unexpected",
    "failing",
    "load_case",
    "load_cases",
    "permissive",
    "played",
    "recording",
]
