"""Which calls a session sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webui.lookups.vcenter import VCenter


@contextmanager
def counted(vcenter: VCenter) -> Iterator[list[str]]:
    """Names of the calls that are sent."""
    calls: list[str] = []
    real = vcenter._stub.InvokeMethod

    def invoke(mo: Any, info: Any, args: Any, outer: Any = None) -> Any:
        calls.append(info.wsdlName)
        return real(mo, info, args, outer) if outer else real(mo, info, args)

    vcenter._stub.InvokeMethod = invoke
    try:
        yield calls
    finally:
        del vcenter._stub.InvokeMethod
