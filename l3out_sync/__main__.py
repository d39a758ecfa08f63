"""`python -m l3out_sync`."""

import sys

from l3out_sync.run.commands import main

if __name__ == "__main__":
    sys.exit(main())
