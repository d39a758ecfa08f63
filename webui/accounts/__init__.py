"""Who may do what: users, roles, sign-in, audit; and what every page needs of a request (`context`, `access`)."""

from __future__ import annotations

from flask import Blueprint

from webui.accounts.users import first_admin

__all__ = ["blueprints", "first_admin"]


def blueprints() -> list[Blueprint]:
    """The pages of this package."""
    from webui.accounts import admin_pages, pages

    return [pages.bp, admin_pages.bp]
