"""Clusters, their runs, the sites: what exists and what is being done to it."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """The pages of this package."""
    from webui.clusters import actions, downloads, help_pages, pages, run_pages, run_stream, sites, verify_pages

    return [pages.bp, actions.bp, downloads.bp, run_pages.bp, run_stream.bp, sites.bp, help_pages.bp, verify_pages.bp]
