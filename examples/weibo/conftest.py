"""For tests run from the root of the repository, where the package is not installed: here it lies."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
