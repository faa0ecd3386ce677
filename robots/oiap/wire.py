"""The dialogue interface on the wire: what is sent for each `inaction`, and what is read of the answer.

Numbers come as numbers and as text, so both are taken. What we do not use is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from channels.errors import Malformed, Rejected
from channels.robot import Turn
from robots._service import Foreign, complaint
from robots.oiap.config import OiapConfig

Json = dict[str, Any]

INIT, INTERACTED, TRANSFERRED = 8, 9, 11  # inaction
INTERACT, HANG_UP, TRANSFER = 9, 10, 11  # outaction
TEXT, NOTHING = "1", "3"  # flow_result_type: something was written; only something was played
HANGUP, PLAYED = "hangup", "playover"  # input
DONE, FAILED = "0", "1"  # trans_result
MOST_INPUT, MOST_USER = 1024, 64


class OutParams(Foreign):
    """`outparams`, of every `outaction` that a chat knows."""

    prompt_text: str = ""
    model_type: str | int = ""
    inter_idx: str | int = ""
    trans_type: str | int = ""
    route_value: str | int = ""
    trans_data: str | Json = ""
    release_reason: str | int = ""


class Out(Foreign):
    """An answer: what the flow wants done."""

    ret: int = 0
    outaction: int
    outparams: OutParams = Field(default_factory=OutParams)


def out_of(value: Any) -> Out:
    """What the flow wants; raises `Rejected` if it failed, `Malformed` for what is no answer."""
    if isinstance(value, dict) and (code := failure_of(value)):
        raise Rejected("The dialogue service refuses the request: look the code up in its documentation.", code=code)
    try:
        out = Out.model_validate(value)
    except ValidationError as error:
        raise complaint(error) from None
    if out.outaction not in (INTERACT, HANG_UP, TRANSFER):
        raise Malformed(
            f"The flow wants outaction {out.outaction}, which a chat does not have: take it out of the flow."
        )
    return out


def failure_of(value: Mapping[str, Any]) -> str:
    """The code of a failure, as text; nothing for success."""
    for name in ("errorCode", "ret"):
        code = value.get(name)
        if isinstance(code, int | str) and not isinstance(code, bool) and str(code) not in ("", "0"):
            return str(code)[:20]
    return ""


def init(config: OiapConfig, turn: Turn, user: str, token: str) -> Json:
    about = {"mediaType": "text", "call_media_type": "0", "channelType": config.channel_type}
    caller = turn.person.id[:MOST_USER]
    inparams = {"call_id": user, "call_sor_id": caller, "call_dst_id": config.access_code, **about, "auth_token": token}
    return {"userid": user, "inaction": INIT, "inparams": inparams}


def interacted(config: OiapConfig, user: str, said: str, index: str, token: str) -> Json:
    inparams = {
        "call_id": user,
        "call_dst_id": config.access_code,
        "flow_result_type": NOTHING if said == PLAYED else TEXT,
        "input": said[:MOST_INPUT],
        "inter_idx": index,
        "auth_token": token,
    }
    return {"userid": user, "inaction": INTERACTED, "inparams": inparams}


def transferred(config: OiapConfig, turn: Turn, user: str, result: str, said: str, index: str, token: str) -> Json:
    now = f"{turn.at:%Y%m%d%H:%M:%S}"
    inparams = {
        "call_id": user,
        "call_dst_id": config.access_code,
        "begin_trans": now,
        "end_trans": now,
        "trans_result": result,
        "inter_idx": index,
        "auth_token": token,
    }
    return {"userid": user, "inaction": TRANSFERRED, "inparams": inparams | ({"input": said} if said else {})}
