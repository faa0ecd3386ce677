"""A value is what a frozen dataclass is, for everything that looks at one."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from channels.value import value


@value
class Bike:
    """A bicycle."""

    name: str
    gears: int = 1
    parts: tuple[str, ...] = ()
    key: str = field(default="", repr=False)
    seen: dict[str, int] = field(default_factory=dict, compare=False)

    def faster(self) -> Bike:
        return replace(self, gears=self.gears + 1)


@dataclass(frozen=True, slots=True)
class FrozenBike:
    """A bicycle."""

    name: str
    gears: int = 1
    parts: tuple[str, ...] = ()
    key: str = field(default="", repr=False)
    seen: dict[str, int] = field(default_factory=dict, compare=False)


@value
class Racer(Bike):
    team: str = ""


@value
class Nothing:
    pass


@value
class One:
    only: Any


@value
class Own:
    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.name.lower() == self.name.lower()

    def __hash__(self) -> int:
        return hash(self.name.lower())

    def __repr__(self) -> str:
        return "own"


ARGUMENTS = (("a",), ("a", 2), ("b",), ("a", 1, ("bell",)), ("a", 1, (), "secret"), ("a", 1, (), "", {"x": 1}))


@pytest.mark.parametrize("one", ARGUMENTS, ids=str)
@pytest.mark.parametrize("other", ARGUMENTS, ids=str)
def test_it_is_equal_and_hashed_as_a_frozen_dataclass(one: Any, other: Any) -> None:
    assert (Bike(*one) == Bike(*other)) is (FrozenBike(*one) == FrozenBike(*other))
    assert (hash(Bike(*one)) == hash(Bike(*other))) is (hash(FrozenBike(*one)) == hash(FrozenBike(*other)))


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_it_is_shown_and_read_as_a_frozen_dataclass(arguments: Any) -> None:
    bike, frozen = Bike(*arguments), FrozenBike(*arguments)
    assert repr(bike) == repr(frozen).replace("FrozenBike", "Bike")
    assert [each.name for each in fields(bike)] == [each.name for each in fields(frozen)]
    assert Bike.__match_args__ == FrozenBike.__match_args__
    assert TypeAdapter(Bike).dump_python(bike) == TypeAdapter(FrozenBike).dump_python(frozen)
    assert TypeAdapter(Bike).validate_python(TypeAdapter(Bike).dump_python(bike)) == bike
    assert pickle.loads(pickle.dumps(bike)) == copy.deepcopy(bike) == bike  # noqa: S301


def test_kinds_differ_though_their_fields_are_alike() -> None:
    frozen: object = FrozenBike("a")
    assert Bike("a") != frozen
    assert Racer("a") != Bike("a")
    assert Racer("a", team="x") == Racer("a", team="x") != Racer("a", team="y")
    assert repr(Racer("a", team="x")) == "Racer(name='a', gears=1, parts=(), seen={}, team='x')"


def test_few_fields() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"
    assert One((1, 2)) == One((1, 2)) != One(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(One([]))


def test_what_it_says_itself_holds() -> None:
    assert Own("A") == Own("a")
    assert len({Own("A"), Own("a")}) == 1
    assert repr(Own("a")) == "own"


def test_it_takes_no_other_fields_and_knows_what_it_is() -> None:
    bike = Bike("a")
    with pytest.raises(AttributeError):
        bike.colour = "red"  # type: ignore[attr-defined]
    assert Bike.__doc__ == "A bicycle."
    assert bike.faster() == Bike("a", 2)
    with pytest.raises(FrozenInstanceError):
        FrozenBike("a").gears = 2  # type: ignore[misc]
    bike.gears = 2  # type: ignore[misc]  # what mypy refuses is not locked when it runs
    assert bike == Bike("a", 2)
    assert is_dataclass(bike)
