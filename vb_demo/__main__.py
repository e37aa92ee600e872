"""`python -m vb_demo …`"""

from __future__ import annotations

import sys

from vb_demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
