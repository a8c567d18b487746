"""``python -m pinnsuite``."""

import sys

from pinnsuite.run.cli import main

sys.exit(main())
