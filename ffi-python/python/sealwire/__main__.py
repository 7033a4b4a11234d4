"""`python -m sealwire` is the command `sealwire`."""

import sys

from sealwire.cli import main

sys.exit(main())
