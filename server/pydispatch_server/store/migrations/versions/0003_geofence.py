"""Geofences."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table of geofences."""
    op.create_table(
        "geofence",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_geofence_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_geofence")),
    )
