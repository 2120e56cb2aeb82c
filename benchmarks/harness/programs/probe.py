"""The probe tool, which here also knows encoders that are descriptors."""

import sys

from ce_plugin.tools.probe import main

from . import descriptors  # noqa: F401  (registers them)

if __name__ == "__main__":
    sys.exit(main())
