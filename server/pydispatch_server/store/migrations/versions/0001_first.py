"""The first schema: regions, resources, assignments, batches, answers and the outbox."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# No technician is promised to two sites at once. Half-open intervals: one may end when the next begins.
_NO_OVERLAP_SQLITE: Final = """
CREATE TRIGGER assignment_no_overlap BEFORE INSERT ON assignment
WHEN EXISTS (
    SELECT 1 FROM assignment AS other
    WHERE other.region = NEW.region AND other.technician = NEW.technician AND other.visit <> NEW.visit
      AND other.start_s < NEW.end_s AND NEW.start_s < other.end_s
)
BEGIN
    SELECT RAISE(ABORT, 'two live assignments of one technician overlap');
END
"""
# Assignments are replaced, never changed: a change would slip past the rule above.
_NO_UPDATE_SQLITE: Final = """
CREATE TRIGGER assignment_no_update BEFORE UPDATE ON assignment
BEGIN
    SELECT RAISE(ABORT, 'an assignment is replaced, not changed');
END
"""
# No other transaction can slip in a row that this one does not see: writers of a region hold its row of region_owner.
_NO_OVERLAP_POSTGRESQL: Final = """
CREATE FUNCTION assignment_no_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM assignment AS other
        WHERE other.region = NEW.region AND other.technician = NEW.technician AND other.visit <> NEW.visit
          AND other.start_s < NEW.end_s AND NEW.start_s < other.end_s
    ) THEN
        RAISE EXCEPTION 'two live assignments of one technician overlap' USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER assignment_no_overlap BEFORE INSERT ON assignment
FOR EACH ROW EXECUTE FUNCTION assignment_no_overlap();
"""
_NO_UPDATE_POSTGRESQL: Final = """
CREATE FUNCTION assignment_no_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an assignment is replaced, not changed';
END
$$;
CREATE TRIGGER assignment_no_update BEFORE UPDATE ON assignment
FOR EACH ROW EXECUTE FUNCTION assignment_no_update();
"""
_TRIGGERS: Final = {
    "sqlite": (_NO_OVERLAP_SQLITE, _NO_UPDATE_SQLITE),
    "postgresql": (_NO_OVERLAP_POSTGRESQL, _NO_UPDATE_POSTGRESQL),
}


def upgrade() -> None:
    """Creates every table, index and trigger."""
    op.create_table(
        "region",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
    )
    op.create_table(
        "batch",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_batch_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_batch")),
    )
    op.create_table(
        "customer",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_customer_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_customer")),
    )
    op.create_table(
        "event",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("resource", sa.String(length=220), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_event_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "sequence", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_region_time_ms"), "event", ["region", "time_ms"], unique=False)
    op.create_table(
        "region_owner",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_region_owner_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_region_owner")),
    )
    op.create_table(
        "request_result",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("create_time_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_request_result_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "request_id", name=op.f("pk_request_result")),
    )
    op.create_index(
        op.f("ix_request_result_region_create_time_ms"), "request_result", ["region", "create_time_ms"], unique=False
    )
    op.create_table(
        "service",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_service_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_service")),
    )
    op.create_table(
        "technician",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_technician_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_technician")),
    )
    op.create_table(
        "booking",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("customer", sa.String(length=63), nullable=True),
        sa.Column("service", sa.String(length=63), nullable=False),
        sa.Column("batch", sa.String(length=63), nullable=True),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "batch"],
            ["batch.region", "batch.id"],
            name=op.f("fk_booking_region_batch"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["region", "customer"],
            ["customer.region", "customer.id"],
            name=op.f("fk_booking_region_customer"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_booking_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_booking")),
    )
    op.create_table(
        "customer_contact",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("customer", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "customer"],
            ["customer.region", "customer.id"],
            name=op.f("fk_customer_contact_region_customer"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("region", "kind", "value", "customer", name=op.f("pk_customer_contact")),
    )
    op.create_table(
        "batch_row",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("batch", sa.String(length=63), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("booking", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "batch"],
            ["batch.region", "batch.id"],
            name=op.f("fk_batch_row_region_batch"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["region", "booking"],
            ["booking.region", "booking.id"],
            name=op.f("fk_batch_row_region_booking"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("region", "batch", "external_id", name=op.f("pk_batch_row")),
    )
    op.create_table(
        "visit",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("booking", sa.String(length=63), nullable=False),
        sa.Column("technician", sa.String(length=63), nullable=True),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "booking"],
            ["booking.region", "booking.id"],
            name=op.f("fk_visit_region_booking"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["region"], ["region.id"], name=op.f("fk_visit_region"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_visit")),
    )
    op.create_table(
        "assignment",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("visit", sa.String(length=63), nullable=False),
        sa.Column("technician", sa.String(length=63), nullable=False),
        sa.Column("start_s", sa.BigInteger(), nullable=False),
        sa.Column("end_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("start_s < end_s", name=op.f("ck_assignment_interval")),
        sa.ForeignKeyConstraint(
            ["region", "technician"],
            ["technician.region", "technician.id"],
            name=op.f("fk_assignment_region_technician"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["region", "visit"],
            ["visit.region", "visit.id"],
            name=op.f("fk_assignment_region_visit"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("region", "visit", name=op.f("pk_assignment")),
    )
    op.create_index(
        op.f("ix_assignment_region_technician_start_s"), "assignment", ["region", "technician", "start_s"], unique=False
    )
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
