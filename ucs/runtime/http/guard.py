"""Which addresses the service may call: the guard against requests into our own network (SSRF).

What counts is the resolved address, not the name, and it is checked where the connection is made: `GuardedResolver` hands
the connector nothing but addresses that passed, so a name that changes its mind between check and use gains nothing.
Addresses written in the URL itself never reach a resolver; `Guard.check` judges those.

This is not the client (`ucs/runtime/http/channel_http.py`), and it opens no connection. What a tenant may configure is decided
elsewhere; here one list, `allow` in ucs.toml, names what the *installation* allows beyond the public Internet.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from channels.errors import Rejected
from channels.value import value

Address = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

SETTING = "allow"

# IANA special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-), plus one public
# address at which a cloud answers its own machines.
_CLOSED_4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address of a provider's inner network"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", "a cloud's service address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_CLOSED_6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("64:ff9b:1::/48", "a private address"),
        ("2001::/23", "a reserved address"),  # Teredo, ORCHID, benchmarking: none is a server's
        ("2001:db8::/32", "a documentation address"),
        ("3fff::/20", "a documentation address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")  # the only part of IPv6 that is given out; the rest is refused as reserved
# IPv6 ranges that carry an IPv4 address, and how far right it stands: mapped, compatible, 6to4, NAT64.
_CARRIES_4: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("2002::/16"), 80),
    (IPv6Network("64:ff9b::/96"), 0),
)
_NAME = re.compile(r"(?!-)[a-z0-9_.-]{1,254}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes the whole host an IPv4 address (WHATWG URL)
_OWN_NAME = re.compile(r"(.*\.)?localhost|localhost\.localdomain|ip6-(localhost|loopback)")


class Blocked(Rejected):
    """The guard refuses this address. Trying again changes nothing; the sentence names the setting that would."""


def why_closed(address: Address) -> str:
    """What is wrong with calling this address (`a private address`), or the empty string for a public one."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _CLOSED_4 if address in network), "")
    if kind := next((kind for network, kind in _CLOSED_6 if address in network), ""):
        return kind
    for network, shift in _CARRIES_4:
        if address in network:
            return why_closed(IPv4Address(int(address) >> shift & 0xFFFFFFFF))
    return "" if address in _GLOBAL_6 else "a reserved address"


def _plain(host: str) -> str:
    return host.lower().rstrip(".")


def _literal(host: str) -> Address | None:
    """The host as an address, IPv4-mapped ones unwrapped (they reach the same machine); None for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _entry(text: str) -> Range | tuple[str, int]:
    """One entry of the allow list: a network (`10.0.0.0/8`), an address, a host, or either of the last two with `:port`."""
    try:
        return ip_network(text)
    except ValueError:
        host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, "0"
    host = _plain(host.removeprefix("[").removesuffix("]"))
    if port.isascii() and port.isdigit() and (0 < int(port) < 65536 or not colon):
        if address := _literal(host):
            return str(address), int(port)
        if _NAME.fullmatch(host) and not _NUMBER.fullmatch(host.rpartition(".")[2]):
            return host, int(port)
    raise ValueError(
        f"`{SETTING}` has the entry {text!r}; expected a network such as 10.0.0.0/8, an address, a host, or host:port."
    )


@value
class Guard:
    """Decides which URLs and which resolved addresses may be called. Make it with `Guard.allowing`.

    networks    allowed although not public
    hosts       names and addresses allowed although not public, with the port, or 0 for any port
    plain_http  public hosts may be called without TLS; without it, `http` goes only to what is allowed by name or network
    """

    networks: tuple[Range, ...] = ()
    hosts: frozenset[tuple[str, int]] = frozenset()
    plain_http: bool = False

    @classmethod
    def allowing(cls, allow: Iterable[str] = (), *, plain_http: bool = False) -> Guard:
        """A guard with this allow list. Raises `ValueError` with a sentence for an entry that cannot be read."""
        entries = [_entry(text.strip()) for text in allow]
        return cls(
            networks=tuple(entry for entry in entries if not isinstance(entry, tuple)),
            hosts=frozenset(entry for entry in entries if isinstance(entry, tuple)),
            plain_http=plain_http,
        )

    def check(self, url: URL) -> None:
        """Raise `Blocked` for what needs no resolving to be refused: scheme, credentials, host, address in the URL."""
        if url.scheme not in ("http", "https"):
            raise Blocked(f"Addresses start with https://, this one with {url.scheme[:20]!r}.")
        if url.user is not None or url.password is not None:
            raise Blocked("The address holds a user name or password in front of the host; take it out.")
        host, port = _plain(url.raw_host or ""), url.port or 0
        if address := _literal(host):
            if "%" in host:
                raise Blocked(f"{host[:60]} names a network interface; write the address without %.")
            self._judge(host, port, address, plain=url.scheme == "http")
        elif not _NAME.fullmatch(host) or ".." in host or max(map(len, host.split("."))) > 63:
            raise Blocked(f"{host[:60]!r} is not the name of a host.")
        elif _NUMBER.fullmatch(host.rpartition(".")[2]):
            raise Blocked(f"{host[:60]} is a number spelled as a host; write an IPv4 address as four decimal numbers.")
        elif _OWN_NAME.fullmatch(host):
            self._judge(host, port, IPv4Address("127.0.0.1"), plain=url.scheme == "http")

    def choose(
        self, host: str, port: int, found: Sequence[ResolveResult], *, plain: bool = False
    ) -> list[ResolveResult]:
        """Those of a name's addresses that may be connected to; raises `Blocked` if there are some and none may.

        `plain`: the connection will be made without TLS.
        """
        chosen = []
        refusal: Blocked | None = None
        for result in found:
            try:
                self._judge(_plain(host), port, _literal(result["host"].partition("%")[0]), plain=plain)
            except Blocked as error:
                refusal = error
            else:
                chosen.append(result)
        if refusal and not chosen:
            raise refusal
        return chosen

    def _judge(self, host: str, port: int, address: Address | None, *, plain: bool) -> None:
        """Raise `Blocked` unless `address`, to which `host` led us, is allowed or public. The sentence keeps the address
        itself back: a tenant who may set a URL need not learn what our inner names resolve to."""
        if address is None:
            raise Blocked(f"{host} leads to something that is not an address.")
        names = (host, str(address))
        if any((name, 0) in self.hosts or (name, port) in self.hosts for name in names):
            return
        if any(address in network for network in self.networks):
            return
        verb = "is" if _literal(host) else "leads to"
        if kind := why_closed(address):
            raise Blocked(
                f"{host} {verb} {kind}, which is not called; if it is a server of yours, list it in `{SETTING}` of ucs.toml."
            )
        if plain and not self.plain_http:
            raise Blocked(f"{host} would be called without TLS; use https://, or list it in `{SETTING}` of ucs.toml.")


class GuardedResolver(AbstractResolver):
    """Resolves through `inner` and lets only those addresses pass that the guard allows."""

    def __init__(self, guard: Guard, inner: AbstractResolver, *, plain: bool) -> None:
        self._guard = guard
        self._inner = inner
        self._plain = plain

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses that may be connected to; raises `Blocked` if there are only others, `OSError` if there is none."""
        try:
            found = await self._inner.resolve(host, port, family)
        except UnicodeError:  # a label too long or empty: getaddrinfo's own encoding gives up
            raise OSError(socket.EAI_NONAME, "not the name of a host") from None
        if not found:
            raise OSError(socket.EAI_NONAME, "no address found")
        return self._guard.choose(host, port, found, plain=self._plain)

    async def close(self) -> None:
        """Nothing: `inner` belongs to whoever made it."""
