"""Help: the words of the trade, how a run works, the keyboard."""

from __future__ import annotations

from flask import Blueprint, render_template

from webui.store.models import STAGES

bp = Blueprint("help", __name__, template_folder="templates")


@bp.get("/help")
def words() -> str:
    """One page."""
    return render_template("clusters/help.html", section="help", stages=STAGES)
