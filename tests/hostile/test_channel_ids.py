"""A channel's id is handed from one tenant to another: what lies under it must not go along."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import CENTER, PLUGINS, House, identity
from ucs.cli.center_store import put_center
from ucs.runtime.center.installation import Installation

CORNER: dict[str, Any] = {"adapter": "webchat", "queue": "help"}
USED = "that no other tenant has ever used"


async def test_nobody_lies_in_wait_under_an_id_that_another_tenant_will_use(house: House) -> None:
    """Whoever came to the channel before was led back to the tenant that had it then, and with an identity that was proven there."""
    gina, amy = await house.agent("gina", "globex"), await house.agent("amy")
    await house.ok("PUT", "/admin/tenants/globex/channels/corner", gina.headers, json=CORNER)
    said = await (await house.customer("corner")).say("Hello")
    await house.ok("POST", f"/admin/contacts/{said['contact']}/end", gina.headers, json={})
    await house.ok("DELETE", "/admin/tenants/globex/channels/corner", gina.headers)
    mine = {**CORNER, "queue": "support"}
    problem = await house.no(422, "PUT", "/admin/tenants/acme/channels/corner", amy.headers, json=mine)
    assert USED in problem["detail"]
    await house.no(422, "PUT", "/admin/tenants/acme/channels/corner", house.operator, json=mine)
    await house.ok("PUT", "/admin/tenants/globex/channels/corner", gina.headers, json=CORNER)  # whose it is


async def test_a_channel_does_not_move_to_another_tenant(house: House) -> None:
    """Not even with all that is open on it: its customers' next words would have gone to the seats of the first tenant."""
    customer = await house.customer("vip", identity=identity(house.clocks.now()))
    await customer.say("Hello")
    acme, globex = CENTER["acme"], CENTER["globex"]
    channels = {**globex["channel"], "vip": {**acme["channel"]["vip"], "queue": "help"}}
    left = {id: channel for id, channel in acme["channel"].items() if id != "vip"}
    wanted = {"acme": {**acme, "channel": left}, "globex": {**globex, "channel": channels}}
    problem = await house.no(422, "POST", "/admin/apply", house.operator, json=wanted)
    assert USED in problem["detail"]
    assert house.api.center.channels["vip"].tenant == "acme"


async def test_nor_while_the_server_does_not_run(house: House) -> None:
    from channels.errors import ConfigError

    gina = await house.agent("gina", "globex")
    await house.ok("PUT", "/admin/tenants/globex/channels/corner", gina.headers, json=CORNER)
    await house.ok("DELETE", "/admin/tenants/globex/channels/corner", gina.headers)
    await house.runtime.close()
    acme = {**CENTER["acme"], "channel": {**CENTER["acme"]["channel"], "corner": {**CORNER, "queue": "support"}}}
    installation = Installation(data=house.runtime.installation.data)
    with pytest.raises(ConfigError, match=USED):
        put_center(installation, PLUGINS, {**CENTER, "acme": acme}, "center.toml")
