"""``python -m spark_varlen COMMAND …``: see :mod:`spark_varlen.command`."""

import sys

from spark_varlen.command import main

if __name__ == "__main__":
    sys.exit(main())
