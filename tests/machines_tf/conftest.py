"""Fixtures of this folder's tests."""

from __future__ import annotations

from tests.vcenter_fixtures import make_machines, start_vcenter, vcenter, vcenter_certificates, vsphere_tfrc

__all__ = ["make_machines", "start_vcenter", "vcenter", "vcenter_certificates", "vsphere_tfrc"]
