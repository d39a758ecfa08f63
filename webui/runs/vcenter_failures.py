"""What Terraform's provider for vSphere and vCenter say when something is wrong, as cards. PURE."""

from __future__ import annotations

from dataclasses import replace

from webui.runs.failures import KNOWN as FABRIC
from webui.runs.failures import Known

PROVIDER, SPEC, LOCK, STALE, DISK = FABRIC[:5]

KNOWN = (
    replace(PROVIDER, what="Terraform's provider for vSphere could not be had."),
    Known(
        r"insufficient disk space|NoDiskSpace|not enough (free )?space on the datastore|out of space",
        "The datastore is full.",
        "Free some room on it and resume, or choose another datastore on the vCenter page and make a new plan.",
        field="vcenter.datastore",
        page="vcenter",
        retry=True,
    ),
    replace(SPEC, what="The spec does not fit vCenter."),
    LOCK,
    STALE,
    DISK,
    Known(
        r"cannot complete login|login failure|InvalidLogin|incorrect user name or password|login failed|"
        r"required to (have|set).*(user|password)",
        "vCenter refused the sign-in.",
        "Give the right user and password on the vCenter page, then make a new plan. The user has its domain: "
        "name@vsphere.local.",
        field="vcenter.password",
        page="vcenter",
    ),
    Known(
        r"VMware Tools are not installed|UncustomizableGuest|customization of the guest.*not supported",
        "The template has no VMware Tools.",
        "Install open-vm-tools in the template, or choose one that has it on the vCenter page, then make a new plan.",
        field="vcenter.template",
        page="vcenter",
    ),
    Known(
        r"timeout waiting for an available (IP|network)|timeout waiting for.*(address|guest)",
        "A machine told no address in time.",
        "Look at its console in vCenter: does it boot, does open-vm-tools run, is its network card connected to the "
        "port group? Resume makes it anew.",
        field="vcenter.port_group",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"customization failed|timeout waiting for customization",
        "vCenter could not give a machine its name and address.",
        "Look at /var/log/vmware-imc in the machine; the template needs open-vm-tools and perl. Resume makes it anew.",
        field="vcenter.template",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"the name '.*' already exists|DuplicateName|already exists",
        "vCenter has something of this name already.",
        "Nothing that exists is adopted. If an interrupted run left it behind, delete it in vCenter and resume; "
        "otherwise give the machine or the folder another name and make a new plan.",
        field="vcenter.folder",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"NoPermission|permission to perform this operation was denied|not permitted|\b403\b|forbidden",
        "vCenter does not let the user do this.",
        "Give the user's role the privilege that vCenter names, then resume.",
        field="vcenter.user",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"not found|does not exist|cannot locate",
        "vCenter does not have what the spec names.",
        "Choose from what is there on the vCenter page, then make a new plan.",
        page="vcenter",
    ),
    Known(
        r"x509|certificate (signed|is not|has expired|verify)|tls: |tls handshake",
        "vCenter's certificate was refused.",
        "Pin the CA that signed it, or correct the address so that it is one the certificate names.",
        field="vcenter.tls.ca",
        page="vcenter",
    ),
    Known(
        r"insufficient resources|InsufficientResourcesFault|no compatible host|InsufficientMemory",
        "The vSphere cluster has too little CPU or memory left.",
        "Make room or choose smaller machines on the vCenter page, then resume or make a new plan.",
        field="vcenter.compute_cluster",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"connection refused|no route to host|no such host|network is unreachable|i/o timeout|deadline exceeded|"
        r"timed? ?out|connection reset|\bEOF\b|broken pipe",
        "vCenter cannot be reached.",
        "Check the address and the route to it from this machine, then resume.",
        field="vcenter.address",
        page="vcenter",
        retry=True,
    ),
    Known(
        r"\b(500|502|503|504)\b|service unavailable|too many requests|\b429\b",
        "vCenter is in trouble or busy.",
        "Wait until it is healthy, then resume. A smaller ANCHORAGE_TERRAFORM_PARALLELISM is gentler.",
        retry=True,
    ),
)
"""The first that fits counts; the order is from the narrow to the wide."""
