"""pyvmomi without its types: they say of many calls that they are untyped, and of many values that they may be None."""

from __future__ import annotations

from typing import Any

import pyVmomi
from pyVmomi import SoapAdapter

vim: Any = pyVmomi.vim
vmodl: Any = pyVmomi.vmodl
Stub: Any = SoapAdapter.SoapStubAdapter
