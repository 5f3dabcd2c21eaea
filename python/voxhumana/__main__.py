"""``python -m voxhumana`` is the command ``voxhumana``."""

import sys

from ._command import main

sys.exit(main())
