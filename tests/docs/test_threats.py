"""THREAT_MODEL.md names a test for each threat: it exists, or it is marked as planned, and never both."""

from __future__ import annotations

import re

from tests.docs.project import ROOT, rows

_NAMED = re.compile(r"`(?P<path>[^`]+)`(?P<planned> \(planned\))?")


def threats() -> list[tuple[str, str]]:
    """Each threat with what shows that we survive it."""
    table = [row for row in rows((ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")) if len(row) == 3]
    sections, inside = [], False
    for row in table:
        if row[1] == "what we do":
            inside = True
        elif row[0] == "from":
            inside = False
        elif inside:
            sections.append((row[0], row[2]))
    return sections


def complaints_about(threat: str, shown_by: str) -> list[str]:
    named = list(_NAMED.finditer(shown_by))
    if not named:
        return [f"{threat}: no test is named"]
    found = []
    for test in named:
        exists = (ROOT / test["path"]).is_file()
        if exists and test["planned"]:
            found.append(f"{threat}: {test['path']} exists now; see that it shows this, and remove (planned)")
        if not exists and not test["planned"]:
            found.append(f"{threat}: {test['path']} is no file")
    return found


def test_each_threat_names_its_test() -> None:
    found = [line for threat, shown_by in threats() for line in complaints_about(threat, shown_by)]
    assert not found, "THREAT_MODEL.md:\n" + "\n".join(found)


def test_the_tables_are_read() -> None:
    assert len(threats()) >= 40
    assert len({threat for threat, _ in threats()}) == len(threats())


def test_a_wrong_line_is_found() -> None:
    here, gone = "`tests/docs/test_threats.py`", "`tests/nowhere.py`"
    assert complaints_about("t", f"{here}, {gone} (planned)") == []
    assert len(complaints_about("t", f"{here} (planned), {gone}")) == 2
    assert complaints_about("t", "trust us")
