"""Running a tool that the model asked for: only one that was declared and offered, with arguments that are as declared.

What goes wrong is told to the model and not raised: it can ask otherwise, or give up. The customer's id and the contact's come
from the turn. The token goes to the tools' own address, and nothing of it into what the model reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from channels import Http
from channels.errors import ChannelError
from channels.robot import Turn
from robots._service import climbs, time_for
from robots.openai.completion import Call
from robots.openai.config import OpenaiConfig, Tool
from robots.openai.schema import wrong_with

LONGEST = 4000  # characters of a result that the model reads


async def result_of(call: Call, tools: Sequence[Tool], config: OpenaiConfig, turn: Turn, key: str, http: Http) -> str:
    """What the model is told."""
    tool = next((tool for tool in tools if tool.name == call.function.name), None)
    if tool is None:
        return "error: there is no such tool."
    arguments = call.arguments()
    if arguments is None:
        return "error: the arguments are not JSON."
    if wrong := wrong_with(arguments, tool.parameters):
        return f"error: {wrong}"
    path = _path(tool, arguments, turn)
    if climbs(path):
        return "error: an argument that stands in the path cannot be . or .."
    try:
        answer = await http.request(
            tool.method,
            config.tools_base + path,
            headers=_headers(config, tool, key),
            query=_query(tool, arguments),
            json=_body(tool, arguments),
            within=time_for(turn) / 2,
        )
    except ChannelError:
        return "error: the service cannot be reached."
    if not 200 <= answer.status < 300:
        return f"error: the service answered {answer.status}."
    return answer.body.decode("utf-8", "replace")[:LONGEST] or "done."


def _path(tool: Tool, arguments: dict[str, Any], turn: Turn) -> str:
    values = {**arguments, "customer": turn.person.id, "contact": turn.contact}
    path = tool.path
    for name in tool.blanks():
        path = path.replace(f"{{{name}}}", quote(str(values[name]), safe=""))
    return path


def _rest(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in tool.blanks()}


def _query(tool: Tool, arguments: dict[str, Any]) -> dict[str, str] | None:
    return {name: str(value) for name, value in _rest(tool, arguments).items()} if tool.method == "GET" else None


def _body(tool: Tool, arguments: dict[str, Any]) -> dict[str, Any] | None:
    return _rest(tool, arguments) if tool.method == "POST" else None


def _headers(config: OpenaiConfig, tool: Tool, key: str) -> dict[str, str]:
    headers = {"Idempotency-Key": key} if tool.method == "POST" else {}
    if config.tools_token is not None:
        headers["Authorization"] = f"Bearer {config.tools_token.get_secret_value()}"
    return headers
