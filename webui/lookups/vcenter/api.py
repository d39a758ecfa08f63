"""pyvmomi without its types: they say of many calls that they are untyped, and of many values that they may be None."""

from __future__ import annotations

from typing import Any

from pyVmomi import SoapAdapter
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl
Stub: Any = SoapAdapter.SoapStubAdapter
