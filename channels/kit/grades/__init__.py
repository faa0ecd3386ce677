"""How good an adapter is, found out from its code, its cases and its tests: bronze, silver or gold.

`criteria.py` is the table, `evidence.py` what it looks at, `calls.py` finds in it the calls to the platform. `quality.py` reads
`quality.toml`, where a grade is claimed. A claim that is not met fails `make check`; `ucs adapters` shows all of it.
"""

from channels.kit.grades.criteria import CRITERIA, Criterion, Grade
from channels.kit.grades.evidence import Evidence, evidence_of
from channels.kit.grades.quality import Claim, Graded, complaints, graded, read_quality

__all__ = [
    "CRITERIA",
    "Claim",
    "Criterion",
    "Evidence",
    "Grade",
    "Graded",
    "complaints",
    "evidence_of",
    "graded",
    "read_quality",
]
