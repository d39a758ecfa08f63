"""The administrator's kubeconfig of a cluster."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("clusters", sa.Column("sealed_kubeconfig", sa.Text(), nullable=True))


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_column("clusters", "sealed_kubeconfig")
