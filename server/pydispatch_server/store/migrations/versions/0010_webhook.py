"""Webhooks, how far each has got, and what became of its deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables of webhooks."""
    op.create_table(
        "webhook",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _to_region("webhook"),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_cursor",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("webhook", sa.String(length=63), nullable=False),
        sa.Column("start_sequence", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("missed_first", sa.BigInteger(), nullable=False),
        sa.Column("missed_last", sa.BigInteger(), nullable=False),
        _to_region("webhook_cursor"),
        sa.PrimaryKeyConstraint("region", "webhook", name=op.f("pk_webhook_cursor")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("webhook", sa.String(length=63), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("first_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_time_ms", sa.BigInteger(), nullable=False),
        _to_region("webhook_delivery"),
        sa.PrimaryKeyConstraint("region", "webhook", "number", name=op.f("pk_webhook_delivery")),
    )


def _to_region(table: str) -> sa.ForeignKeyConstraint:
    """Describes the foreign key to the region."""
    name = op.f(f"fk_{table}_region")
    return sa.ForeignKeyConstraint(["region"], ["region.id"], name=name, initially="DEFERRED", deferrable=True)
