"""Alembic's entry: works on the connection that `webui.store.engine.migrate` hands over."""

from __future__ import annotations

from alembic import context

from webui.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes tables by copying them.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
