"""Whoever issues access tokens for mailboxes, as Google and Microsoft do: for a refresh token, until it is revoked. It also tells the
mail servers which tokens are good. https://www.rfc-editor.org/rfc/rfc6749#section-6"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

CLIENT, CLIENT_SECRET, REFRESH = "client-1", "client-secret-of-tests", "refresh-token-of-tests"


class Issuer:
    """`async with Issuer("help@shop.example") as issuer`. `good` are the tokens that open the mailbox now."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.good: set[str] = set()
        self.issued = 0
        self.revoked = False  # the owner has taken the consent back
        self.port = 0
        app = web.Application()
        app.router.add_post("/token", self._issue)
        app.router.add_get("/info", self._tell)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def settings(self) -> dict[str, str | None]:
        """What a channel is configured with, in the place of a password."""
        return {
            "password": None,
            "oauth_url": f"http://127.0.0.1:{self.port}/token",
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH,
        }

    def expire(self) -> None:
        """No token that was issued is good any more."""
        self.good.clear()

    async def _issue(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        known = {
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH,
        }
        if form != known or self.revoked:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.issued += 1
        token = f"access-token-{self.issued}"
        self.good.add(token)
        return web.json_response({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def _tell(self, request: web.Request) -> web.Response:
        if request.query.get("access_token") not in self.good:
            return web.json_response({"error": "invalid_token"}, status=400)
        return web.json_response({"email": self.address, "active": "true"})
