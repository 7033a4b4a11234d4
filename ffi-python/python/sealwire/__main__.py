"""`python -m sealwire` is the command `sealwire`."""

import sys

from sealwire.cli import main

if __name__ == "__main__":
    sys.exit(main())
