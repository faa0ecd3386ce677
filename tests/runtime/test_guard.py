"""The guard: a golden table of spellings, the allow list, and what a resolver's answers come to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from channels.errors import Rejected
from ucs.runtime.http.guard import Blocked, Guard, GuardedResolver, why_closed

# Refused as they stand, before anything is resolved: what is written between `https://` and the path, and why.
REFUSED = {
    "127.0.0.1": "loopback",
    "127.0.0.1:8443": "loopback",
    "127.255.255.254": "loopback",
    "0.0.0.0": "unspecified",  # noqa: S104
    "0.1.2.3": "unspecified",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "inner network",
    "100.100.100.200": "inner network",
    "100.127.255.255": "inner network",
    "169.254.169.254": "link-local",
    "169.254.170.2": "link-local",
    "168.63.129.16": "cloud",
    "192.0.0.192": "reserved",
    "192.0.2.1": "documentation",
    "192.88.99.1": "reserved",
    "198.18.0.1": "benchmarking",
    "198.51.100.7": "documentation",
    "203.0.113.7": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "[::]": "unspecified",
    "[::1]": "loopback",
    "[0:0:0:0:0:0:0:1]": "loopback",
    "[::1]:9000": "loopback",
    "[fd00::1]": "private",
    "[fd00:ec2::254]": "private",
    "[fc00::]": "private",
    "[fe80::1]": "link-local",
    "[fec0::1]": "private",
    "[ff02::1]": "multicast",
    "[100::1]": "reserved",
    "[2001::1]": "reserved",
    "[2001:db8::1]": "documentation",
    "[3fff::1]": "documentation",
    "[4000::1]": "reserved",
    "[5f00::1]": "reserved",
    "[::ffff:127.0.0.1]": "loopback",
    "[::FFFF:7f00:1]": "loopback",
    "[::ffff:10.0.0.1]": "private",
    "[0:0:0:0:0:ffff:a9fe:a9fe]": "link-local",
    "[::127.0.0.1]": "loopback",
    "[::a00:1]": "private",
    "[2002:7f00:1::]": "loopback",
    "[2002:c0a8:101::1]": "private",
    "[64:ff9b::a9fe:a9fe]": "link-local",
    "[64:ff9b::10.0.0.1]": "private",
    "[64:ff9b:1::1]": "private",
    "[fe80::1%25eth0]": "interface",
    "[2606:4700::1111%25eth0]": "interface",
    "2130706433": "number",
    "017700000001": "number",
    "0x7f000001": "number",
    "0x7f.1": "number",
    "0X7F.0.0.1": "number",
    "0177.0.0.1": "number",
    "127.1": "number",
    "127.0.1": "number",
    "0": "number",
    "0x": "number",
    "1.1.1.0x1": "number",
    "01.01.01.01": "number",
    "256.256.256.256": "number",
    "1.2.3.4.5": "number",
    "example.com.2130706433": "number",
    "127.0.0.1.": "loopback",
    "127。0。0。1": "loopback",
    "１２７.０.０.１": "loopback",
    "⑯⑨。②⑤④。⑯⑨｡②⑤④": "link-local",
    "localhost": "loopback",
    "LOCALHOST": "loopback",
    "localhost.": "loopback",
    "localhost..": "loopback",
    "ⓛocalhost": "loopback",
    "admin.localhost": "loopback",
    "localhost.localdomain": "loopback",
    "ip6-localhost": "loopback",
    "user:secret@example.com": "user name",
    "user@example.com": "user name",
    ":secret@example.com": "user name",
    "a..b": "not the name",
    "-a.example": "not the name",
    "127.0.0.1%00.example.com": "not the name",
    "127.0.0.1%2eexample.com": "not the name",
    "exa mple.com": "not the name",
    "[v1.a]b": "not the name",
    "a" * 64 + ".com": "not the name",
    "a." * 130 + "com": "not the name",
}
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8:8443",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "168.63.129.17",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "223.255.255.255",
    "[2606:4700::1111]",
    "[2001:200::1]",
    "[64:ff9b::808:808]",
    "[2002:808:808::1]",
    "[::ffff:8.8.8.8]",
    "api.example.com",
    "API.Example.com.",
    "under_score.example.com",
    "xn--bcher-kva.example",
    "bücher.example",
    "1password.example",
    "localhost.example.com",
    "notlocalhost",
)


@pytest.mark.parametrize("host", REFUSED)
def test_refused_spellings(host: str) -> None:
    with pytest.raises(Blocked, match=REFUSED[host]) as caught:
        check(host)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value, Rejected)


def check(host: str, guard: Guard | None = None, scheme: str = "https") -> None:
    try:
        url = URL(f"{scheme}://{host}/path")
    except ValueError:  # the parser refuses it even before the guard; `http_call.parse` makes `Blocked` of that
        raise Blocked("not the name of a host") from None
    (guard or Guard()).check(url)


@pytest.mark.parametrize("host", PUBLIC)
def test_public_spellings(host: str) -> None:
    check(host)


def test_the_table_is_long_enough() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "file:///etc/passwd", "gopher://1.1.1.1/", "//example.com/", "x", ""]
)
def test_other_schemes(url: str) -> None:
    with pytest.raises(Blocked, match="https://"):
        Guard().check(URL(url))


@given(st.ip_addresses(v=4))
def test_every_ipv4_is_judged_alike_in_every_dress(address: IPv4Address) -> None:
    number = int(address)
    dresses = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ]
    assert {why_closed(dress) for dress in dresses} == {why_closed(address)}


@given(st.ip_addresses(v=4))
def test_no_ipv4_that_python_calls_private_is_open(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert why_closed(address)


@given(st.ip_addresses(v=6))
def test_no_ipv6_that_python_calls_private_is_open(address: IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        embedded = int(address) >> 32 == 0x64FF9B << 64 or address.ipv4_mapped
        assert why_closed(address) or embedded


ALLOWED = [
    ("127.0.0.1/32", "127.0.0.1:9", True),
    ("127.0.0.1", "127.0.0.1:9", True),
    ("127.0.0.1/32", "127.0.0.2:9", False),
    ("127.0.0.1:9", "127.0.0.1:9", True),
    ("127.0.0.1:9", "127.0.0.1:10", False),
    ("127.0.0.1/32", "[::ffff:127.0.0.1]:9", True),
    ("127.0.0.0/8", "localhost:9", True),
    ("127.0.0.0/8", "2130706433", False),
    ("localhost:9", "localhost:9", True),
    ("localhost:9", "localhost:10", False),
    ("::1", "[::1]:9", True),
    ("[::1]:9", "[::1]:9", True),
    ("[::1]:9", "[::1]:10", False),
    ("10.0.0.0/8", "10.9.8.7", True),
    ("10.0.0.0/8", "192.168.0.1", False),
    ("fd00::/8", "[fd12::1]", True),
    ("127.0.0.1/32", "me:you@127.0.0.1", False),
]


@pytest.mark.parametrize(("entry", "host", "passes"), ALLOWED)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_allow_list(entry: str, host: str, passes: bool, scheme: str) -> None:
    guard = Guard.allowing([entry])
    if passes:
        check(host, guard, scheme)
    else:
        with pytest.raises(Blocked):
            check(host, guard, scheme)


@pytest.mark.parametrize(
    "entry",
    ["", "10.0.0.1/8", "http://crm", "crm:", "crm:0", "crm:70000", "crm:x", "a b", "2130706433", "10.0.0.0/99", "*.x"],
)
def test_allow_list_with_a_mistake(entry: str) -> None:
    with pytest.raises(ValueError, match=r"allow.*expected a network such as"):
        Guard.allowing(["127.0.0.1", entry])


def test_plain_http_only_where_allowed() -> None:
    with pytest.raises(Blocked, match="without TLS"):
        check("1.1.1.1", scheme="http")
    check("1.1.1.1", Guard(plain_http=True), "http")
    with pytest.raises(Blocked, match="loopback"):
        check("127.0.0.1", Guard(plain_http=True), "http")


class Names(AbstractResolver):
    """A DNS that answers from a script: one list of addresses a question, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


async def resolved(guard: Guard, names: Names, *, plain: bool = False, host: str = "crm.example") -> list[str]:
    return [result["host"] for result in await GuardedResolver(guard, names, plain=plain).resolve(host, 443)]


async def test_only_public_answers_pass() -> None:
    assert await resolved(Guard(), Names(["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111"])) == [
        "1.1.1.1",
        "2606:4700::1111",
    ]


async def test_none_passes_and_the_sentence_keeps_the_address_back() -> None:
    with pytest.raises(Blocked, match=r"^crm\.example leads to a private address, .*`allow` of ucs\.toml\.$") as caught:
        await resolved(Guard(), Names(["10.0.0.1"]))
    assert "10.0.0.1" not in str(caught.value)


async def test_a_name_that_changes_its_mind() -> None:
    names = Names(["1.1.1.1"], ["169.254.169.254"])
    assert await resolved(Guard(), names) == ["1.1.1.1"]
    with pytest.raises(Blocked):
        await resolved(Guard(), names)


async def test_an_allowed_name_may_lead_inside_and_no_other_may() -> None:
    guard = Guard.allowing(["crm.example:443"])
    assert await resolved(guard, Names(["10.0.0.1"]), plain=True, host="CRM.example.") == ["10.0.0.1"]
    with pytest.raises(Blocked):
        await resolved(guard, Names(["10.0.0.1"]), host="other.example")


async def test_plain_http_by_name() -> None:
    guard = Guard.allowing(["10.0.0.0/8"])
    assert await resolved(guard, Names(["10.0.0.1", "1.1.1.1"]), plain=True) == ["10.0.0.1"]
    with pytest.raises(Blocked, match="without TLS"):
        await resolved(guard, Names(["1.1.1.1"]), plain=True)


async def test_a_name_without_addresses() -> None:
    with pytest.raises(OSError, match="no address"):
        await resolved(Guard(), Names([]))
