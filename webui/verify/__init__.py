"""What must be there and what is: sessions, prefixes, next hops, data path, judged with causes. PURE."""

from __future__ import annotations

from webui.verify.expected import Expected, expected
from webui.verify.judging import judge
from webui.verify.report import Cell, Finding, Report, from_json
from webui.verify.seen import Seen

__all__ = ["Cell", "Expected", "Finding", "Report", "Seen", "expected", "from_json", "judge"]
