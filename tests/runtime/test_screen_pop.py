"""The address of the tenant's own page: what may stand in it, and what a customer's name can do to it."""

from __future__ import annotations

import pytest

from ucs.runtime.center.screen_pop import checked, filled, is_allowed, origin_of


@pytest.mark.parametrize(
    ("template", "origin"),
    [
        ("https://crm.example.com/find?name={name}&id={customer}", "https://crm.example.com"),
        ("https://crm.example.com:8443/{address}", "https://crm.example.com:8443"),
        ("https://crm.example.com", "https://crm.example.com"),
        ("http://crm.internal:8000/?order={field.order}", "http://crm.internal:8000"),
        ("/web/desk/sample.html?name={name}", "'self'"),
    ],
)
def test_a_template(template: str, origin: str) -> None:
    assert checked(template) == template
    assert origin_of(template) == origin


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/{name}",
        "/\\evil.example/",
        "crm.example.com/{name}",
        "https://{name}.example.com/",
        "https://crm.example.com{name}/",
        "https://crm.example.com@evil.example/",
        "https://user:secret@crm.example.com/",
        "https://crm.example.com; script-src *",
        "https://crm.example.com/ x",
        'https://crm.example.com/"x',
        "https://crm.example.com/{password}",
        "https://crm.example.com/{name",
        "https://crm.example.com/}",
        "https://crm.example.com/{{name}}",
        "https://crm.example.com/客户",
        "https://crm.example.com/" + "x" * 2_000,
        "HTTPS://CRM.example.com/",
    ],
)
def test_no_template(template: str) -> None:
    with pytest.raises(ValueError, match=r"^(an address|blanks) "):
        checked(template)


@pytest.mark.parametrize("name", [".", "..", "..."])
def test_no_name_leads_upwards(name: str) -> None:
    """A browser goes up at `%2E%2E` as it does at two dots."""
    assert (
        filled("https://crm.example.com/customers/{name}/card", {"name": name})
        == "https://crm.example.com/customers//card"
    )


def test_what_a_customer_is_called_stays_a_value() -> None:
    template = "https://crm.example.com/{name}?q={name}&a={agent}&f={field.order}"
    name = '../"><script>&q=x#?王'
    encoded = "..%2F%22%3E%3Cscript%3E%26q%3Dx%23%3F%E7%8E%8B"
    assert (
        filled(template, {"name": name, "field.order": "1 2"})
        == f"https://crm.example.com/{encoded}?q={encoded}&a=&f=1%202"
    )


def test_a_value_is_not_filled_in_again() -> None:
    assert filled("/x?a={name}", {"name": "{agent}", "agent": "ann"}) == "/x?a=%7Bagent%7D"


@pytest.mark.parametrize(
    ("template", "allow", "allowed"),
    [
        ("https://crm.example.com/", (), True),
        ("/web/desk/sample.html", (), True),
        ("http://crm.internal:8000/", (), False),
        ("http://crm.internal:8000/", ("crm.internal:8000",), True),
        ("http://crm.internal/", ("crm.internal:80",), True),
        ("http://crm.internal:8001/", ("crm.internal:8000", "10.0.0.0/8"), False),
    ],
)
def test_plain_http_only_where_the_operator_allows_it(template: str, allow: tuple[str, ...], allowed: bool) -> None:
    assert is_allowed(template, allow) is allowed
