"""The five words exist, are the same everywhere, and CI runs what developers run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

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


def test_the_demo_listens_where_it_is_told() -> None:
    """Somebody else has 8080 on many a machine."""
    make = [shutil.which("make") or "make", "--dry-run", "demo", "PORT=8090"]
    said = subprocess.run(make, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  # our own words
    assert "ucs demo --port 8090" in said
    assert "`make demo PORT=8090`" in text_of("README.md")
    assert "`make demo PORT=8090`" in text_of("README.zh-CN.md")
