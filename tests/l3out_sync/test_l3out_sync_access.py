"""How the add-on gets its user at the APIC: made once, kept sealed, renewed when it must be, removed with it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.l3out_sync.live import ROOT
from tests.lab_home import lab_in
from webui.runs import sync_access
from webui.spec import complete, parse


class Box:
    """Seals by a word."""

    def seal(self, held: Any) -> str:
        return "sealed:" + yaml.safe_dump(held)

    def open(self, text: str | None) -> Any:
        return yaml.safe_load(text.removeprefix("sealed:")) if text else None


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    held: dict[str, Any] = {}
    document = yaml.safe_load((ROOT / "examples" / "lab.yaml").read_text())
    document["cluster"]["add_ons"] = ["l3out-sync"]
    monkeypatch.setattr(sync_access.plays, "outputs", lambda _context: held)
    monkeypatch.setattr(sync_access.settle, "of", lambda _context, more: held.update(more))
    with lab_in(tmp_path) as simulator:
        said: list[str] = []
        yield SimpleNamespace(
            spec=complete(parse(document).spec),
            settings=SimpleNamespace(lab_home=tmp_path / "lab", apic_timeout=5.0),
            box=Box(),
            run=SimpleNamespace(cluster_id="0123456789abcdef", sealed_secrets=None),
            log=SimpleNamespace(redactor=SimpleNamespace(hide=said.extend)),
            say=lambda text, level="info": said.append(text),
            said=said,
            held=held,
            simulator=simulator,
        )


def test_the_user_is_made_once_and_its_key_is_hidden_from_logs(context: Any) -> None:
    first = sync_access.brings(context, context.spec)["addon_l3out_sync_access"]
    assert first["configuration"]["L3OUT_SYNC_APIC_USER"] == "anchorage-sync-01234567"
    assert first["configuration"]["L3OUT_SYNC_APICS"] == "198.18.0.81"
    assert first["secret"]["ca.pem"].startswith("-----BEGIN CERTIFICATE")
    assert first["secret"]["key.pem"].splitlines()[1] in context.said
    again = sync_access.brings(context, context.spec)["addon_l3out_sync_access"]
    assert again == first, "a second run changes nothing"


def test_a_key_that_the_apic_no_longer_takes_is_renewed(context: Any) -> None:
    first = sync_access.brings(context, context.spec)["addon_l3out_sync_access"]
    context.simulator.delete("uni/userext/user-anchorage-sync-01234567/usercert-anchorage")
    assert sync_access.brings(context, context.spec)["addon_l3out_sync_access"]["secret"] != first["secret"]


def test_without_the_add_on_there_is_no_user(context: Any) -> None:
    bare = context.spec.model_copy(update={"cluster": context.spec.cluster.model_copy(update={"add_ons": ()})})
    assert sync_access.brings(context, bare) == {}
    assert not [dn for dn in context.simulator.tree() if "anchorage-sync" in dn]


def test_it_goes_with_the_add_on(context: Any) -> None:
    sync_access.brings(context, context.spec)
    sync_access.retire(context, context.spec)
    assert not [dn for dn in context.simulator.tree() if "anchorage-sync" in dn]
    assert context.held[sync_access.NAME] is None
