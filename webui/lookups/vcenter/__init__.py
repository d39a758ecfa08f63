"""Questions put to a vCenter: facts for the checks, lists for the wizard, privileges, and the upload of a template."""

from __future__ import annotations

from webui.lookups.vcenter import listing
from webui.lookups.vcenter.connecting import Target, VCenter, connect
from webui.lookups.vcenter.errors import VCenterError
from webui.lookups.vcenter.facts import read_facts
from webui.lookups.vcenter.places import Place
from webui.lookups.vcenter.privileges import machines_problems, template_problems
from webui.lookups.vcenter.upload.importing import Cancelled, Progress, Upload, Uploaded, opened
from webui.lookups.vcenter.upload.ova import SourceBroken
from webui.lookups.vcenter.upload.refusal import OvaRefused

__all__ = [
    "Cancelled",
    "OvaRefused",
    "Place",
    "Progress",
    "SourceBroken",
    "Target",
    "Upload",
    "Uploaded",
    "VCenter",
    "VCenterError",
    "connect",
    "listing",
    "machines_problems",
    "opened",
    "read_facts",
    "template_problems",
]
