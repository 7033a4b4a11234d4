"""Makes the tools importable as they are when run as scripts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
