"""What every page of the wizard does alike: read the draft, show it, save what was typed, go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webui.accounts import context
from webui.accounts.refusal import Refusal
from webui.runs import begun
from webui.spec import ClusterSpec, Problem, Proposal, fixed, parse
from webui.spec.vcenter_site import VCenterFacts
from webui.steps import drafts, site
from webui.steps.document import as_text, at
from webui.steps.drafts import Draft, Edit
from webui.steps.fields import PageForm, Rows, fill
from webui.steps.judge import Judged, Known, count, first_at, housed, judge, visible
from webui.steps.merge import Conflict, marks, read_marks
from webui.steps.pages import Page, beside, needed
from webui.steps.stepper import steps_of
from webui.steps.vcenter import reading as vcenter_reading
from webui.steps.vcenter.grants import shortened
from webui.store.models import Cluster

More = Callable[["Visit"], dict[str, Any]]
_MORE: dict[str, More] = {}
_PARTS: dict[str, More] = {}
Besides = Callable[["Visit", dict[str, Any]], dict[str, str | None]]
_BESIDES: dict[str, Besides] = {}
Act = Callable[["Visit", PageForm], ResponseReturnValue]


@dataclass(frozen=True)
class Visit:
    """One request to one page of one cluster's wizard."""

    page: Page
    cluster: Cluster
    draft: Draft
    reading: site.Reading
    judged: Judged
    applied: ClusterSpec | None = None
    vcenter: vcenter_reading.Reading = field(default_factory=lambda: vcenter_reading.Reading(False))

    @property
    def document(self) -> dict[str, Any]:
        """The draft's document."""
        return self.draft.document

    @property
    def told(self) -> list[Problem]:
        """The problems that may be said now, of all pages."""
        return visible(self.judged.problems, self.document, self.draft.visited)


def more(key: str) -> Callable[[More], More]:
    """Mark what gives a page's template further values."""
    return lambda function: _MORE.setdefault(key, function)


def parts(key: str) -> Callable[[More], More]:
    """Mark what gives the parts of a page that are drawn anew after each save: {id: HTML or text}."""
    return lambda function: _PARTS.setdefault(key, function)


def besides(key: str) -> Callable[[Besides], Besides]:
    """Mark what mends a page's values before they are saved, and gives the secrets (by path) that go with them."""
    return lambda function: _BESIDES.setdefault(key, function)


def visit(page: Page, cluster_id: str, oldest: float = site.FRESH) -> Visit:
    """Read and judge the draft. Raises a 404 refusal for a cluster that is not there."""
    cluster = context.db().get(Cluster, cluster_id)
    if cluster is None:
        raise Refusal(
            404,
            "There is no such cluster.",
            "It was removed, or the address is wrong.",
            "Start from the list of clusters.",
        )
    draft = drafts.read(context.db(), context.box(), cluster_id)
    return judged_visit(page, cluster, draft, oldest)


def judged_visit(page: Page, cluster: Cluster, draft: Draft, oldest: float = site.FRESH) -> Visit:
    """The visit of a draft as it stands now; facts of the fabric may be so many seconds old."""
    reading = site.read(cluster, draft.document, context.settings(), context.box(), oldest)
    applied = parse(cluster.applied).spec if cluster.applied else None
    facts = reading.facts
    for dn in begun.l3outs(cluster.runs) if facts else ():  # it must not collide with itself
        facts = facts and facts.without(dn)
    vcenter = _vcenter(page, draft, oldest)
    further = (*_name_problems(draft), *shortened(vcenter.lacking), *_fixed(cluster, draft, applied))
    known = Known(facts, applied, further, own_machines(cluster, applied, vcenter.facts))
    return Visit(page, cluster, draft, reading, judge(draft.document, draft.secrets, known), applied, vcenter)


ASKING = ("vcenter", "machines", "review")
"""Pages that read the vCenter anew; the others take what is known of it."""


def _vcenter(page: Page, draft: Draft, oldest: float) -> vcenter_reading.Reading:
    if as_text(at(draft.document, "mode")) not in ("", "full"):
        return vcenter_reading.Reading(False)
    if page.key in ASKING:
        return vcenter_reading.read(draft, context.settings(), oldest)
    return vcenter_reading.known(draft, context.settings())


def own_machines(cluster: Cluster, applied: ClusterSpec | None, facts: VCenterFacts | None) -> VCenterFacts | None:
    """The facts without the machines that this cluster has made (or begun to make), and their folder."""
    made = at(cluster.outputs, "machines")
    spec = applied or parse(_begun(cluster)).spec
    if facts is None or not spec.vcenter.datacenter:
        return facts
    rows = (*spec.machines.control_plane, *spec.machines.workers)
    names = {*(made if isinstance(made, dict) else ()), *(row.name for row in rows if row.name)}
    folder = spec.vcenter.folder or spec.name or ""
    return facts.without(spec.vcenter.datacenter, folder, names, folder.split("/")[-1:])


def _begun(cluster: Cluster) -> dict[str, Any]:
    """The document of the last apply that began; empty when none did."""
    begun = [run.document for run in cluster.runs if run.kind == "apply" and run.started]
    return begun[-1] if begun else {}


def form_of(found: Visit, posted: Any = None) -> PageForm:
    """The page's form, from the draft or as posted."""
    assert found.page.form is not None
    return fill(found.page.form, found.document, found.draft.secrets, posted)


def said(found: Visit, form: PageForm) -> list[Problem]:
    """The problems that this page shows now, each at the field that shows it."""
    mine = [p for p in found.told if p.page == found.page.key]
    return housed(mine, [f.name for f in form.spec_fields()], [f.name for f in form.rows()])


def show(
    found: Visit, form: PageForm | None = None, code: int = 200, trouble: Problem | None = None, **more: Any
) -> ResponseReturnValue:
    """The page; `trouble` is shown at its field, `more` goes to the template."""
    values: dict[str, Any] = {}
    if found.page.form is not None:
        form = form or form_of(found)
        problems = [*([trouble] if trouble else []), *said(found, form)]
        values = {
            "form": form,
            "problems": first_at(problems),
            "summary": count(problems),
            "seen": json.dumps(marks(found.document, form.paths())),
            "proposals": _proposals(found, form),
        }
    back, following = beside(found.page, found.judged.spec.mode)
    values |= {
        "unneeded": not needed(found.page, found.judged.spec.mode),
        "trouble": trouble,
        "visit": found,
        "page": found.page,
        "cluster": found.cluster,
        "draft": found.draft,
        "reading": found.reading,
        "steps": steps_of(found.page, found.judged, found.draft),
        "name": as_text(at(found.document, "name")) or "Unnamed draft",
        "back": back,
        "following": following,
        "section": "clusters",
        "shows_lab": found.reading.lab,
    }
    values |= _given(_MORE, found)
    return render_template(f"steps/{found.page.key}/page.html", **(values | more)), code


def take(page: Page, cluster_id: str, acts: Mapping[str, Act] | None = None) -> ResponseReturnValue:
    """Save what a page posted, then do what its button says: `do=next`, `do=ACT`, `remove=PATH.2`, or just save."""
    found = visit(page, cluster_id)
    form = form_of(found, request.form)
    if not form.validate():
        raise Refusal(400, "This form is no longer valid.", "It came from another session.", "Reload the page.")
    do = request.form.get("do", "save")
    try:
        draft = _write(found, form, _values(form), leaves=do not in ("save", "add"))
    except Conflict as conflict:
        return show(found, form, 409, conflict=conflict_words(form, conflict))
    found = judged_visit(page, found.cluster, draft)
    word = do.partition(":")[0]
    if acts and word in acts:
        return acts[word](found, form)
    return _onward(found, do)


def autosave(page: Page, cluster_id: str) -> ResponseReturnValue:
    """Save as the reader types; answers with problems and proposals for this page."""
    found = visit(page, cluster_id, site.LASTING)
    form = form_of(found, request.form)
    if not form.validate():
        return {"what": "this form is no longer valid.", "now": "Reload the page."}, 400
    try:
        draft = _write(found, form, _values(form), leaves=False)
    except Conflict as conflict:
        words = conflict_words(form, conflict)
        what = f"{', '.join(w['label'] for w in words)} changed elsewhere meanwhile."
        return {"what": what, "why": "Another tab or another person.", "now": "Press Next to compare."}, 409
    found = judged_visit(page, found.cluster, draft, site.LASTING)
    problems = said(found, form)
    return jsonify(
        saved=draft.saved.isoformat() if draft.saved else None,
        problems=[_plain(problem, form) for problem in problems],
        proposals={p: {"value": one.value, "why": one.why} for p, one in _proposals(found, form, typed=True).items()},
        summary=count(problems),
        seen=json.dumps(marks(found.document, form.paths())),
        steps=[{"state": step["state"], "note": step["note"]} for step in steps_of(page, found.judged, draft)],
        parts=_given(_PARTS, found),
    )


def conflict_words(form: PageForm, conflict: Conflict) -> list[dict[str, str]]:
    """Each field that was changed elsewhere: its label and what stands there now."""
    words = []
    for path, theirs in conflict.theirs.items():
        field = form[path]
        value = f"{len(theirs or [])} rows" if isinstance(field, Rows) else field.words(theirs)
        words.append({"path": path, "label": field.label.text, "theirs": value or "empty"})
    return words


def _write(found: Visit, form: PageForm, values: dict[str, Any], leaves: bool) -> Draft:
    further = _BESIDES[found.page.key](found, values) if found.page.key in _BESIDES else {}
    edit = Edit(found.page.key, values, {**further, **form.secrets()}, read_marks(request.form.get("seen", "")), leaves)
    return drafts.write(context.db(), context.box(), found.cluster.id, edit)


def _values(form: PageForm) -> dict[str, Any]:
    """What was posted, without the row whose bin was pressed."""
    values = form.values()
    path, _, index = request.form.get("remove", "").rpartition(".")
    if path in values and isinstance(values[path], list) and index.isdecimal() and len(index) < 5:
        field = form[path]
        if isinstance(field, Rows) and int(index) in field.places:
            del values[path][field.places.index(int(index))]
    return values


def _given(table: Mapping[str, More], found: Visit) -> dict[str, Any]:
    return table[found.page.key](found) if found.page.key in table else {}


def _onward(found: Visit, do: str) -> ResponseReturnValue:
    back, following = beside(found.page, found.judged.spec.mode)
    word, _, where = do.partition(":")
    to = {"next": following, "back": back}.get(word)
    if word == "go":
        from webui.steps.pages import BY_KEY

        to = BY_KEY.get(where)
    anchor = request.form.get("remove", "").rpartition(".")[0] or (where if word == "add" else None)
    return redirect(url_for((to or found.page).endpoint, cluster_id=found.cluster.id, _anchor=anchor or None), 303)


def _proposals(found: Visit, form: PageForm, typed: bool = False) -> dict[str, Proposal]:
    """Proposals for the fields of this page, cells included. `typed`: only where a value can be typed, not chosen."""
    starts = tuple(f"{field.name}." for field in form.rows())
    names = {field.name for field in form.spec_fields() if not typed or field.kind in ("text", "area")}
    return {path: p for path, p in found.judged.proposals.items() if path in names or path.startswith(starts)}


def _plain(problem: Problem, form: PageForm) -> dict[str, str]:
    """A problem for the page's script, its row counted as the page counts (empty rows included)."""
    field = problem.field
    for rows in form.rows():
        rest = field.removeprefix(rows.name + ".").split(".") if field.startswith(rows.name + ".") else []
        if rest and rest[0].isdecimal() and int(rest[0]) < len(rows.places):
            field = ".".join([rows.name, str(rows.places[int(rest[0])]), *rest[1:]])
    return {"severity": problem.severity, "field": field, "sentence": problem.sentence, "remedy": problem.remedy}


def _fixed(cluster: Cluster, draft: Draft, applied: ClusterSpec | None) -> list[Problem]:
    """What cannot be changed since Kubernetes is installed."""
    installed = applied is not None and "control plane" in (cluster.outputs or {})
    return fixed(applied, parse(draft.document).spec) if installed and applied else []


def _name_problems(draft: Draft) -> list[Problem]:
    name = as_text(at(draft.document, "name"))
    if not drafts.taken(context.db(), draft.cluster_id, name):
        return []
    return [
        Problem(
            "blocking", "name", f"There is a cluster {name} already.", "Choose another name for this one.", "fabric"
        )
    ]
