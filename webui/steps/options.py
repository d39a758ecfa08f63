"""Live lists for the fields of the wizard: `GET /clusters/<id>/options/<what>?q=`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from zoneinfo import available_timezones

from flask import abort, request
from flask.typing import ResponseReturnValue

from webui.accounts import context
from webui.lookups import listing
from webui.spec import SiteFacts
from webui.steps import bp, drafts, site
from webui.steps.document import as_text, at
from webui.store.models import Cluster

MOST = 500
"""Entries in one answer; a longer list is cut and searched by what is typed."""

ZONES = [listing.Choice(zone, zone) for zone in sorted(available_timezones())]
LISTS: dict[str, Callable[[SiteFacts, str | None], list[listing.Choice]]] = {
    "tenants": lambda facts, tenant: listing.tenants(facts),
    "vrfs": listing.vrfs,
    "contracts": listing.contracts,
    "domains": lambda facts, tenant: listing.domains(facts),
    "leaves": lambda facts, tenant: listing.leaves(facts),
}


Other = Callable[[Cluster], dict[str, object]]
OTHERS: dict[str, Other] = {
    "zones": lambda cluster: answer(ZONES, request.args.get("q", "")),
}
"""Lists that need no facts of the fabric; pages add their own."""


@bp.get("/<cluster_id>/options/<what>")
def options(cluster_id: str, what: str) -> ResponseReturnValue:
    """Entries of one list that hold what was typed; an APIC that does not answer is said in `error`."""
    cluster = context.db().get(Cluster, cluster_id)
    if cluster is None or what not in (*LISTS, *OTHERS):
        abort(404)
    if what in OTHERS:
        return OTHERS[what](cluster)
    draft = drafts.read(context.db(), context.box(), cluster_id)
    reading = site.read(cluster, draft.document, context.settings(), context.box())
    if reading.facts is None:
        return {"options": [], "error": reading.words}
    tenant = request.args.get("l3out.tenant") or as_text(at(draft.document, "l3out.tenant"))
    return answer(LISTS[what](reading.facts, tenant or None), request.args.get("q", ""))


def answer(entries: Iterable[listing.Choice], typed: str) -> dict[str, object]:
    """The entries that hold what was typed, cut to what a list can show; `total` only when it was cut."""
    words = typed.lower().split()
    texts = ((entry, f"{entry.value} {entry.label} {entry.note}".lower()) for entry in entries)
    found = [{"value": e.value, "text": e.label, "note": e.note} for e, text in texts if all(w in text for w in words)]
    cut = {"note": f"{len(found)} found, the first {MOST} shown", "total": len(found)}
    return {"options": found[:MOST]} | (cut if len(found) > MOST else {})
