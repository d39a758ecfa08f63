"""What Ansible says when a machine fails, as a card that people can act on. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webui.runs.cluster_failures import CLUSTER
from webui.runs.failures import Failure
from webui.runs.known import Known

UNKNOWN = "did not come to what the spec says."
LOG = "The log of the run has the whole of it. When the cause is gone, resume."


@dataclass(frozen=True)
class Trouble:
    """One task that failed on one machine. `asserted`: the text is a role's own sentence."""

    host: str
    task: str
    text: str
    unreachable: bool = False
    asserted: bool = False


KNOWN = (
    Known(
        r"host key verification failed|remote host identification has changed",
        "{host} shows another ssh host key than before.",
        "If the machine was made anew, forget its old key and resume; if not, find out who answers at its address.",
        "",
        "machines",
    ),
    Known(
        r"permission denied \(|too many authentication failures|error in libcrypto|invalid format|incorrect password",
        "{host} refuses the ssh sign-in.",
        "Give the private key (or password) of the user that stands on the Machines page; its public key must be in "
        "that user's authorized_keys.",
        "machines.ssh_key",
        "machines",
    ),
    Known(
        r"missing sudo password|a password is required|not in the sudoers|incorrect sudo password|may not run sudo",
        "The user may not use sudo on {host}.",
        "Allow it in the template (sudoers), or give the user's password on the Machines page.",
        "machines.user",
        "machines",
    ),
    Known(
        r"timed out|no route to host|connection refused|network is unreachable|connection closed|could not resolve|"
        r"connection reset|broken pipe|unreachable",
        "{host} cannot be reached by ssh.",
        "Is it running, and does its port group carry the L3Out's VLAN? Then resume.",
        "",
        "machines",
        retry=True,
    ),
    Known(
        r"no_pubkey|not signed|public key is not available|gpg error",
        "{host} does not trust the package mirror.",
        "Give the public key that signs the mirror, on the Cluster page.",
        "cluster.apt_mirror_key",
        "cluster",
    ),
    Known(
        r"failed to (update apt cache|fetch)|unable to fetch|no package matching|unable to locate package",
        "{host} cannot get its packages.",
        "Check the package mirror on the Cluster page: its address, and that it holds what is named. Resume then.",
        "cluster.apt_mirror",
        "cluster",
        retry=True,
    ),
    Known(
        r"could not get lock|dpkg was interrupted|lock_timeout",
        "Another program installs packages on {host}.",
        "Wait until it has ended (unattended upgrades, usually), then resume.",
        "",
        "",
        retry=True,
    ),
    Known(
        r"no space left on device",
        "The disk of {host} is full.",
        "Make room on it, or give the machines a larger disk, then resume.",
        "",
        "machines",
        retry=True,
    ),
)
"""The first that fits counts."""

SIGN_IN = 4
"""So many of them are about signing in, and count for machines that were not reached alone."""

PAGES = (
    (r"NTP|time server|clock", "cluster.ntp", "cluster"),
    (r"^dns |name server", "cluster.dns.servers", "cluster"),
    (r"image|registr", "cluster.registries", "cluster"),
    (r"API address|VRRP|load balancer", "cluster.vip.v4", "cluster"),
    (r"mirror", "cluster.apt_mirror", "cluster"),
    (r"gateway|floating L3Out|default route", "l3out.secondary.v4", "l3out"),
    (r"MTU", "l3out.mtu", "l3out"),
)
"""Where a role's own sentence is mended; otherwise on the Machines page."""


def trouble(event: Mapping[str, Any]) -> Trouble:
    """The trouble that an event of ansible-runner (runner_on_failed, runner_on_unreachable) tells."""
    data = event["event_data"]
    result = data.get("res") or {}
    return Trouble(
        host=str(data.get("host", "")),
        task=str(data.get("task", "")),
        text=_text(result),
        unreachable=event["event"] == "runner_on_unreachable",
        asserted="assertion" in result,
    )


def of_troubles(found: Sequence[Trouble], status: str = "", output: str = "") -> Failure:
    """The card of a playbook that failed; without a trouble, the end of its output is the cause."""
    if not found:
        return Failure("Ansible ended with an error.", _tidy(output) or status or "It gave no reason.", LOG, retry=True)
    first = min(found, key=lambda one: (_rank(one), one.host))
    more = len({one.host for one in found} - {first.host})
    card = of_trouble(first)
    also = f" ({more} more {'machine' if more == 1 else 'machines'} failed; the log says why.)" if more else ""
    return Failure(card.what, f"{card.cause}{also}", card.remedy, card.field, card.page, card.retry)


def of_trouble(one: Trouble) -> Failure:
    """The card of one trouble."""
    if one.asserted:
        return _asserted(one)
    for known in KNOWN[:SIGN_IN] if one.unreachable else (*CLUSTER, *KNOWN[SIGN_IN - 2 :]):
        if re.search(known.pattern, one.text, re.IGNORECASE):
            what = known.what.format(host=one.host)
            return Failure(what, _tidy(one.text), known.remedy, known.field, known.page, known.retry)
    return Failure(f"{one.host} {UNKNOWN}", _tidy(f"{one.task}: {one.text}"), LOG, "", "", retry=True)


def _asserted(one: Trouble) -> Failure:
    field, page = next(
        ((field, page) for pattern, field, page in PAGES if re.search(pattern, one.text)), ("", "machines")
    )
    reach = re.search(r"reache[sd]|do not pass|refuses connections|answers pings", one.text)
    what = "Not everything is reached that must be." if reach else "A machine is not as it must be."
    remedy = "Mend what it names, then resume; if the spec changes, make a new plan."
    return Failure(what, _tidy(one.text), remedy, field, page, retry=True)


def _rank(one: Trouble) -> int:
    """A machine that was lost explains what others say; then a role's sentence, then what is recognised."""
    if one.unreachable or one.asserted:
        return 0 if one.unreachable else 1
    return 2 if UNKNOWN not in of_trouble(one).what else 3


def _text(result: Mapping[str, Any]) -> str:
    # A loop's own message says only that one of its items failed.
    inner = [one for one in result.get("results") or [] if isinstance(one, Mapping) and one.get("failed")]
    parts = [str((inner[0] if inner else result).get(name) or "") for name in ("msg", "stderr", "module_stderr")]
    return "\n".join(part for part in dict.fromkeys(parts) if part)


def _tidy(text: str) -> str:
    return " ".join(text.split())[:1500]
