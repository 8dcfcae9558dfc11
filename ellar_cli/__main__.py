"""`python -m ellar_cli`: the tool in the environment of that Python."""

import os
import sys
from pathlib import Path

from ellar_cli.application.environment import HANDED_OVER
from ellar_cli.main import main

# What is printed to be typed again begins like what was typed.
sys.argv[0] = os.environ.get(HANDED_OVER) or str(Path(sys.executable).with_name("ellar"))
sys.exit(main())
