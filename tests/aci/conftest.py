"""The fixtures of a simulated APIC (tests/lab_apic/simulated.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab_apic"))

from simulated import *  # noqa: F403
