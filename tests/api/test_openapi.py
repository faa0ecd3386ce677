"""The OpenAPI document: made from the routes, complete, and one that tools can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.api.house import House
from ucs.api.app import ROUTES
from ucs.api.openapi import PARAMETER, document

DOCUMENT = document(ROUTES)
METHODS = {"get", "put", "post", "delete", "head"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inside in value.values():
            yield from references(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from references(inside)


async def test_it_is_served(house: House) -> None:
    assert await house.ok("GET", "/openapi.json") == DOCUMENT


def test_every_route_is_in_it() -> None:
    assert {(route.method.lower(), route.path) for route in ROUTES} <= {
        (method, path) for path, method, _ in operations()
    }


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        place: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def test_ids_are_unique_and_parameters_are_declared() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations():
        assert method in METHODS
        declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert declared == set(PARAMETER.findall(path))
        named = [(each["name"], each["in"]) for each in operation["parameters"]]
        assert len(named) == len(set(named))
        assert {"summary", "tags", "responses", "security"} <= set(operation)
        assert "default" in operation["responses"]
        assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}


def test_what_needs_a_token_says_so() -> None:
    by_route = {(route.method.lower(), route.path): route for route in ROUTES}
    for path, method, operation in operations():
        route = by_route.get((method, path))
        assert bool(operation["security"]) == (route is not None and route.role is not None)


def test_every_field_of_a_problem_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["Problem"]["required"]) == {"type", "title", "status", "detail"}
    for name, schema in schemas.items():
        if name.endswith(("Body", "View", "Setting")) and schema.get("type") == "object" and "properties" in schema:
            assert schema["additionalProperties"] is False, name
