"""The list of clusters and the page of one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from webui import spec
from webui.accounts import context
from webui.accounts.refusal import Refusal
from webui.clusters import documents, find, lab_control, links, verified
from webui.clusters.kubernetes import kubernetes
from webui.clusters.machines import machines
from webui.clusters.reachability import matrix
from webui.clusters.states import GROUPS, State, cluster_state, run_state, run_title
from webui.render.topology import Topology, topology
from webui.runs import service
from webui.store.models import ACTIVE, Cluster, Run
from webui.verify import Report

bp = Blueprint("clusters", __name__, template_folder="templates")
links.add_links(bp)

SHOWN = 15
"""Runs on a cluster's page; /runs has all."""


@dataclass(frozen=True)
class Line:
    """One line of the list."""

    cluster: Cluster
    name: str
    state: State
    site: str
    l3out: str
    subnet: str
    leaves: int
    last: Run | None
    text: str


@bp.get("/")
def listing() -> str:
    """Every cluster, or what to do when there is none."""
    lines = _lines()
    counts = {key: sum(line.state.group == key for line in lines) for key in GROUPS}
    return render_template(
        "clusters/list.html",
        section="clusters",
        shows_lab=any(line.cluster.site == "lab" for line in lines),
        lines=lines,
        counts=counts,
        groups=GROUPS,
        sites=len({line.site for line in lines} - {documents.NO_SITE}),
        lab=lab_control.view(),
    )


@bp.get("/clusters")
@bp.get("/clusters/")
def listing_too() -> ResponseReturnValue:
    """The list lives at the root."""
    return redirect("/")


def _lines() -> list[Line]:
    clusters = context.db().scalars(select(Cluster).order_by(Cluster.created.desc())).all()
    last = find.last_runs(context.db(), [cluster.id for cluster in clusters])
    return [_line(cluster, last.get(cluster.id)) for cluster in clusters]


def _line(cluster: Cluster, last: Run | None) -> Line:
    document = cluster.applied or cluster.draft
    name = find.name_of(cluster)
    place = "/".join(part for part in (documents.text(document, f"l3out.{key}") for key in ("tenant", "name")) if part)
    return Line(
        cluster=cluster,
        name=name,
        state=cluster_state(cluster, last),
        site=documents.site_label(cluster.site, document),
        l3out=place,
        subnet=documents.text(document, "l3out.node_subnet.v4") or documents.text(document, "l3out.node_subnet.v6"),
        leaves=len(documents.leaves(document)),
        last=last,
        text=documents.search_text(name, document),
    )


@bp.get("/clusters/<cluster_id>")
def detail(cluster_id: str) -> str:
    """State and age, addresses, outputs, leaves, spec, runs, and what can be done."""
    cluster = find.cluster(context.db(), cluster_id)
    runs = find.runs_of(context.db(), cluster.id, SHOWN)
    last = runs[0] if runs else None
    document = cluster.applied or cluster.draft
    report = verified.of(cluster.outputs) if cluster.applied else None
    return render_template(
        "clusters/detail.html",
        section="clusters",
        shows_lab=cluster.site == "lab",
        cluster=cluster,
        name=find.name_of(cluster),
        state=cluster_state(cluster, last),
        site=documents.site_label(cluster.site, document),
        document=document,
        text=lambda path: documents.text(document, path),
        addresses=documents.addresses(document),
        leaves=documents.leaves(document),
        outputs=cluster.outputs or {},
        peers=_peers(cluster),
        yaml=_yaml(document),
        runs=[(run, run_state(run), run_title(run, find.name_of(cluster))) for run in runs],
        half_way=find.half_way(context.db(), cluster.id),
        last=last,
        busy=last is not None and last.state in ACTIVE,
        changed=service.draft_moved_on(context.db(), cluster),
        topology=_topology(document, report),
        report=report,
        proof=verified.state(report),
        kubernetes=kubernetes(document, cluster.outputs, report) if cluster.applied else None,
        machines=machines(document, cluster.outputs),
        mode=documents.text(document, "mode") or "full",
        reach=matrix(cluster.outputs) if cluster.applied else None,
    )


def _peers(cluster: Cluster) -> list[dict[str, str]]:
    """Outputs' bgp_peers: {node, v4, v6} as texts, in the order of the nodes."""
    found = (cluster.outputs or {}).get("bgp_peers")
    rows = found if isinstance(found, list) else []
    peers = [{key: documents.text(row, key) for key in ("node", "v4", "v6")} for row in rows]
    return sorted(peers, key=lambda peer: (len(peer["node"]), peer["node"]))


def _topology(document: object, report: Report | None) -> Topology:
    """The picture of what is applied, with its sessions as they were seen last, or of the draft."""
    return topology(spec.complete(spec.parse(document or {}).spec), verified.sessions_of(report))


def _yaml(document: object) -> str:
    """The spec as YAML, secrets as references. A draft shows what can be read of it."""
    return spec.to_yaml(spec.parse(document or {}).spec)


@bp.get("/clusters/<cluster_id>/spec.yaml")
def spec_file(cluster_id: str) -> Response:
    """The applied spec, or the draft where nothing was applied, for a file: never with secrets."""
    cluster = find.cluster(context.db(), cluster_id)
    document = cluster.applied or cluster.draft
    if not document:
        raise Refusal(404, "This draft is empty.", "Nothing has been typed into it.", "Fill in the first page.")
    name = f"{cluster.name or 'draft'}.yaml"
    return Response(
        _yaml(document),
        mimetype="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{_file_name(name)}"'},
    )


def _file_name(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name)
