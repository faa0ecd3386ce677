"""`quality.toml`: which grade each adapter claims, which end-to-end test shows it, and what its platform does not have, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.errors import Complaint, ConfigError
from channels.kit.grades.criteria import CRITERIA, Criterion, Grade
from channels.kit.grades.evidence import Evidence, evidence_of
from channels.plugins import Plugins
from channels.value import value

GRADES = tuple(Grade)


class Claim(BaseModel):
    """One table of the file. `ungraded` is a reason and stands alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grade: Grade | None = None
    run: str = ""
    cannot: dict[str, str] = Field(default_factory=dict)
    ungraded: str = ""


@value
class Graded:
    """One adapter, judged. `missing` and `excused` are sentences by the criterion's name; what is in neither is there."""

    name: str
    claim: Claim
    missing: Mapping[str, str] = field(default_factory=dict)
    excused: Mapping[str, str] = field(default_factory=dict)

    @property
    def there(self) -> list[str]:
        """The names of the criteria that are met."""
        judged = () if self.claim.ungraded else CRITERIA
        return [each.name for each in judged if each.name not in self.missing and each.name not in self.excused]

    @property
    def earned(self) -> Grade | None:
        """The best grade of which nothing is missing, nor of those below it."""
        if self.claim.ungraded:
            return None
        held = [grade for grade in GRADES if not self.missing_for(grade)]
        return held[-1] if held else None

    def missing_for(self, grade: Grade) -> dict[str, str]:
        """What is missing for a grade, those below it included."""
        wanted = GRADES[: GRADES.index(grade) + 1]
        return {
            each.name: self.missing[each.name]
            for each in CRITERIA
            if each.grade in wanted and each.name in self.missing
        }

    @property
    def next_missing(self) -> dict[str, str]:
        """What is missing for the grade after the one that is held."""
        if self.claim.ungraded:
            return {}
        above = 0 if self.earned is None else GRADES.index(self.earned) + 1
        return self.missing_for(GRADES[above]) if above < len(GRADES) else {}


def read_quality(path: Path) -> dict[str, Claim]:
    """The claims by adapter; raises `ConfigError` with everything that is wrong."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError([Complaint(str(path), "file", f"it cannot be read ({error.strerror}).")]) from None
    except ValueError as error:
        raise ConfigError([Complaint(str(path), "file", f"it is not TOML: {error}.")]) from None
    claims, wrong = {}, []
    for name, table in tables.items():
        try:
            claims[name] = Claim.model_validate(table)
        except ValidationError as error:
            wrong += [
                Complaint(str(path), ".".join([name, *map(str, each["loc"])]), f"{each['msg']}.")
                for each in error.errors()
            ]
    if wrong:
        raise ConfigError(wrong)
    return claims


def judged(name: str, claim: Claim, seen: Evidence) -> Graded:
    """What the evidence shows. What a platform cannot do is excused where it may be, and only while it is not there."""
    missing, excused = {}, {}
    for criterion in CRITERIA:
        what = criterion.missing(seen)
        if what and criterion.excusable and criterion.name in claim.cannot:
            excused[criterion.name] = claim.cannot[criterion.name]
        elif what:
            missing[criterion.name] = what
    return Graded(name, claim, missing, excused)


def graded(plugins: Plugins, claims: Mapping[str, Claim], root: Path) -> list[Graded]:
    """Every adapter of an installation, by name."""
    found = []
    for name, adapter in sorted(plugins.adapters.items()):
        claim = claims.get(name, Claim())
        found.append(
            Graded(name, claim) if claim.ungraded else judged(name, claim, evidence_of(adapter, root, claim.run))
        )
    return found


def complaints(path: Path, claims: Mapping[str, Claim], found: list[Graded]) -> Iterator[Complaint]:
    """Where the file says more than is so, or something else."""
    file = path.name
    known: dict[str, Criterion] = {criterion.name: criterion for criterion in CRITERIA}
    for name in sorted(set(claims) - {each.name for each in found}):
        yield Complaint(file, name, "there is no such adapter in plugins.toml.")
    for each in found:
        claim = each.claim
        if each.name not in claims or (claim.grade is None) == (not claim.ungraded):
            yield Complaint(file, each.name, "either a grade or the reason why it is `ungraded` was expected.")
        if claim.grade is not None:
            for criterion, what in each.missing_for(claim.grade).items():
                yield Complaint(file, f"{each.name}.grade", f"{claim.grade} is claimed; {criterion} lacks {what}.")
        for criterion, reason in claim.cannot.items():
            if criterion not in known or not known[criterion].excusable:
                yield Complaint(file, f"{each.name}.cannot.{criterion}", "this is nothing that a platform may lack.")
            elif criterion not in each.excused:
                yield Complaint(file, f"{each.name}.cannot.{criterion}", "it can: the criterion is met, take this out.")
            elif len(reason.split()) < 3:
                yield Complaint(file, f"{each.name}.cannot.{criterion}", "a reason was expected, in words.")
