"""How much one caller may ask: buckets by customer, agent and address (of IPv6, by network). One customer's are never another's."""

from __future__ import annotations

from collections.abc import Callable

from ucs.api.tokens import Caller
from ucs.runtime.limits import Limit, network_of


class Limits:
    """Every method raises `TooMany`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._callers = Limit("sender", 10, 60, clock)
        self._uploads = Limit("sender", 0.5, 30, clock)
        self._addresses = Limit("address", 20, 200, clock)
        self.sessions = Limit("address", 5, 100, clock)
        self._sockets = Limit("address", 20, 500, clock)
        self._links = Limit("address", 50, 1_000, clock)
        self._guesses = Limit("address", 1, 60, clock)
        self.sign_ins_here = Limit("address", 5, 200, clock)  # an office signs in at nine
        self._sign_ins = Limit("agent", 0.2, 10, clock)

    def ask(self, caller: Caller, remote: str) -> None:
        """Who is known has a bucket of their own; strangers have one by address."""
        if caller.subject:
            self._callers.take((caller.tenant, caller.channel, caller.subject))
        else:
            self._addresses.take(network_of(remote))

    def start_session(self, remote: str) -> None:
        """Many customers may sit behind one address, but not hundreds that come in one minute."""
        self.sessions.take(network_of(remote))

    def upload(self, caller: Caller) -> None:
        self._uploads.take((caller.tenant, caller.channel, caller.subject))

    def follow(self, remote: str) -> None:
        """A link to a file."""
        self._links.take(network_of(remote))

    def open_socket(self, remote: str) -> None:
        self._sockets.take(network_of(remote))

    def guess(self, remote: str) -> None:
        """A token that does not hold."""
        self._guesses.take(network_of(remote))

    def sign_in(self, tenant: str, agent: str, remote: str) -> None:
        """By address, and by agent and address: who tries an agent's password from elsewhere does not lock the agent out."""
        self.sign_ins_here.take(network_of(remote))
        self._sign_ins.take((tenant, agent, network_of(remote)))
