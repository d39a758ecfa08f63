"""A run's diff is made of parts, one for each stage that plans: this joins them and takes one out. PURE.

In the whole diff each group has its `stage`, and `parts` holds by stage: summary, sentence, digest of the saved plan,
and, of a stage that Ansible carries out, its `steps`: [{"text", "note"}], what it would do and what that means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webui.runs.diff import Diff

COUNTS = ("add", "change", "destroy", "keep")
QUIET = ("Changes nothing.", "Nothing is left to remove.")


def joined(whole: Mapping[str, Any] | None, stage: str, found: Diff, digest: str = "") -> Diff:
    """The diff with this stage's part put in, in the place of an earlier one."""
    old = whole or {}
    steps = {"steps": found["steps"]} if found.get("steps") else {}
    one = {"summary": found["summary"], "sentence": found["sentence"], "digest": digest, **steps}
    parts = {**old.get("parts", {}), stage: one}
    groups = [one for one in old.get("groups", []) if one.get("stage") != stage]
    drift = [one for one in old.get("drift", []) if one.get("stage") != stage]
    return {
        "summary": {name: sum(one["summary"].get(name, 0) for one in parts.values()) for name in COUNTS},
        "sentence": _sentence([one["sentence"] for one in parts.values()]),
        "groups": [*groups, *({**one, "stage": stage} for one in found["groups"])],
        "drift": [*drift, *({**one, "stage": stage} for one in found["drift"])],
        "parts": parts,
        "prepares": found.get("prepares", old.get("prepares", [])),
    }


def part(whole: Mapping[str, Any] | None, stage: str) -> Diff:
    """What the diff says of one stage; a diff without parts is the fabric's."""
    found = whole or {}
    if "parts" not in found:
        return dict(found) if stage == "fabric" and found else {"groups": []}
    own = found["parts"].get(stage, {})
    return {**own, "groups": [one for one in found["groups"] if one.get("stage") == stage]}


def steps_of(whole: Mapping[str, Any] | None, stage: str) -> list[dict[str, str]]:
    """What a stage would do on the machines; nothing to do when empty."""
    return list((whole or {}).get("parts", {}).get(stage, {}).get("steps", []))


def digest_of(whole: Mapping[str, Any] | None, stage: str) -> str:
    """SHA-256 of the saved plan of a stage; "" when it has none."""
    return str((whole or {}).get("parts", {}).get(stage, {}).get("digest", ""))


def _sentence(sentences: list[str]) -> str:
    """All that happens, in the order of the stages; what stays as it is, is said only when everything does."""
    loud = [one for one in sentences if one not in QUIET]
    if not loud:
        return sentences[0] if sentences else ""
    # "Nothing else" is true of one half alone.
    return loud[0] if len(loud) == 1 else " ".join(one.replace("; changes nothing else.", ".") for one in loud)
