"""The five words exist, are the same everywhere, and CI runs what developers run."""

from __future__ import annotations

import os
import re

from tests.docs.project import ROOT

WORDS = ["demo", "test", "check", "bench", "docs"]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_makefile_has_them() -> None:
    makefile = text_of("Makefile")
    assert re.findall(r"^([a-z]+):", makefile, re.MULTILINE) == WORDS
    assert f".PHONY: {' '.join(WORDS)}\n" in makefile


def test_contributing_names_them() -> None:
    assert re.findall(r"^\| `make (\w+)` \|", text_of("CONTRIBUTING.md"), re.MULTILINE) == WORDS


def test_ci_runs_make_check() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    script = text_of(".ci/run")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert script.endswith("\nmake check\n")
    assert "set -euo pipefail" in script
