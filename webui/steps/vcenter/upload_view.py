"""Template upload: from the browser, streamed on to the vCenter while it arrives, or from a path on this server."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

from webui.accounts import access, context
from webui.accounts.refusal import Refusal
from webui.lookups.vcenter.errors import VCenterError
from webui.lookups.vcenter.places import Place
from webui.lookups.vcenter.upload.importing import opened
from webui.lookups.vcenter.upload.refusal import OvaRefused
from webui.settings import GIB
from webui.spec import parse
from webui.spec.vcenter_site import VCenterFacts
from webui.steps import bp, drafts
from webui.steps.document import clean
from webui.steps.drafts import Draft
from webui.steps.vcenter import reading, uploads
from webui.steps.vcenter.upload_body import Body
from webui.steps.vcenter.uploads import Wanted
from webui.store.models import Cluster, Upload

LONGEST_NAME = 80


@bp.get("/<cluster_id>/vcenter/upload")
def upload(cluster_id: str) -> ResponseReturnValue:
    """How the newest upload stands, for the page to read again."""
    row = uploads.newest(context.db(), cluster_id)
    return render_template("steps/vcenter/progress.html", upload=view(row), cluster_id=cluster_id)


@bp.post("/<cluster_id>/vcenter/upload", endpoint="receive")
@access.needs("operator")
def receive(cluster_id: str) -> ResponseReturnValue:
    """The OVA itself as the request's body; ?name= of the template, ?folder= it goes to, ?file= it came from."""
    _check_token()
    limit = context.settings().upload_limit
    size = request.content_length
    if size is None or size > limit:
        raise Refusal(
            413,
            f"The file is larger than {limit / GIB:.0f} GiB." if size else "The file's size is not told.",
            "Anchorage takes no larger template (ANCHORAGE_UPLOAD_LIMIT_GIB).",
            "Choose a smaller image, or have the limit raised.",
        )
    request.max_content_length = limit
    wanted = _wanted(cluster_id, request.args, clean(request.args.get("file", ""), 255) or "upload.ova", size)
    number = _begin(wanted)
    uploads.run(context.sessions(), number, wanted, Body(request.stream, size))
    row = context.db().get_one(Upload, number, populate_existing=True)
    return jsonify(state=row.state, words=row.words, template=row.template)


@bp.post("/<cluster_id>/vcenter/upload/path")
@access.needs("operator")
def from_path(cluster_id: str) -> ResponseReturnValue:
    """An OVA that lies on this server."""
    path = clean(request.form.get("path", ""))
    wanted = _wanted(cluster_id, request.form, path, _size(path))
    uploads.in_thread(context.sessions(), _begin(wanted), wanted)
    return redirect(url_for("steps.vcenter", cluster_id=cluster_id, _anchor="upload"), 303)


@bp.post("/<cluster_id>/vcenter/upload/stop", endpoint="upload_stop")
@access.needs("operator")
def stop(cluster_id: str) -> ResponseReturnValue:
    """Stop the upload; what it made in vCenter is removed."""
    uploads.stop(context.db(), cluster_id)
    return redirect(url_for("steps.vcenter", cluster_id=cluster_id, _anchor="upload"), 303)


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """The body of an upload is no form: its token comes in a header and is checked by the view."""
    state.app.extensions["csrf"].exempt(receive)


def view(row: Upload | None) -> dict[str, Any] | None:
    """An upload as the page shows it."""
    if row is None:
        return None
    going = uploads.goes_on(row)
    lost = row.state == "running" and not going
    return {
        "going": going,
        "state": "failed" if lost else row.state,
        "name": row.name,
        "source": row.source,
        "done": row.done,
        "total": row.total,
        "words": uploads.INTERRUPTED if lost else "Stopping" if row.stop and going else row.words,
        "template": row.template,
        "ended": row.ended,
        "by": row.requested_by,
    }


def folders(facts: VCenterFacts | None, datacenter: str | None) -> list[str]:
    """Folders that a template can go to."""
    return [one.name for one in facts.folders if one.datacenter == datacenter] if facts else []


def _check_token() -> None:
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError as error:
        raise Refusal(
            400, "This form is no longer valid.", "It came from another session.", "Reload the page."
        ) from error


def _wanted(cluster_id: str, given: Any, source: str, size: int | None) -> Wanted:
    draft = _draft(cluster_id)
    door, found = reading.door(draft.document, draft.secrets, context.settings())
    if door is None:
        raise Refusal(409, "There is no vCenter to upload to.", found.words, "Mend that first, then upload again.")
    section = parse({"vcenter": draft.document.get("vcenter")}).spec.vcenter
    try:
        place = Place.of(section, clean(given.get("folder", "")))
    except VCenterError as error:
        raise Refusal(409, "There is no place for the template yet.", error.sentence, "Then upload again.") from error
    name = clean(given.get("name", ""), LONGEST_NAME)
    if not name:
        raise Refusal(400, "The template has no name.", "vCenter shows it by its name.", "Give one, then upload again.")
    once = given.get("start_once") == "true"
    return Wanted(cluster_id, door, place, name, source, size, context.who(), once)


def _draft(cluster_id: str) -> Draft:
    if context.db().get(Cluster, cluster_id) is None:
        raise Refusal(404, "There is no such cluster.", "It was removed.", "Start from the list of clusters.")
    return drafts.read(context.db(), context.box(), cluster_id)


def _begin(wanted: Wanted) -> int:
    try:
        number = uploads.begin(context.db(), wanted)
    except uploads.Busy as busy:
        raise Refusal(
            409, "An upload is going on already.", "One at a time for each cluster.", "Wait for it, or stop it."
        ) from busy
    context.audit("template.upload", wanted.name, wanted.source)
    context.db().commit()
    return number


def _size(path: str) -> int:
    """Bytes of a file on this server. Refuses what is none, or is too large."""
    try:
        with opened(path) as (_, size):
            found = size
    except OvaRefused as error:
        raise Refusal(400, "The file cannot be taken.", str(error), "Then upload again.") from error
    if found > context.settings().upload_limit:
        raise Refusal(
            413, "The file is too large.", "ANCHORAGE_UPLOAD_LIMIT_GIB sets the limit.", "Choose a smaller one."
        )
    return found


__all__ = ["folders", "view"]
