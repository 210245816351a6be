"""The audit chain: records, block roots, signed checkpoints and salts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Records are appended, never changed. Who may write the file can drop the trigger; the chain finds what they do then.
_NO_UPDATE_SQLITE = """
CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
BEGIN
    SELECT RAISE(ABORT, 'an audit record is never changed');
END
"""
_NO_DELETE_SQLITE = """
CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record
BEGIN
    SELECT RAISE(ABORT, 'an audit record is never removed');
END
"""
_KEPT_POSTGRESQL = """
CREATE FUNCTION audit_record_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an audit record is never changed or removed';
END
$$;
CREATE TRIGGER audit_record_is_kept BEFORE UPDATE OR DELETE ON audit_record
FOR EACH ROW EXECUTE FUNCTION audit_record_is_kept();
"""
_TRIGGERS = {"sqlite": (_NO_UPDATE_SQLITE, _NO_DELETE_SQLITE), "postgresql": (_KEPT_POSTGRESQL,)}


def upgrade() -> None:
    """Creates the tables of the audit chain."""
    op.create_table(
        "audit_record",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("resource", sa.String(length=255), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(length=32), nullable=False),
        _to_region("audit_record"),
        sa.PrimaryKeyConstraint("region", "sequence", name=op.f("pk_audit_record")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_audit_record_region_resource_sequence"),
        "audit_record",
        ["region", "resource", "sequence"],
        unique=False,
    )
    op.create_table(
        "audit_block",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        _to_region("audit_block"),
        sa.PrimaryKeyConstraint("region", "number", name=op.f("pk_audit_block")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=1024), nullable=False),
        _to_region("audit_checkpoint"),
        sa.PrimaryKeyConstraint("region", "size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_salt",
        sa.Column("region", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        _to_region("audit_salt"),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_audit_salt")),
        sqlite_with_rowid=False,
    )
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _to_region(table: str) -> sa.ForeignKeyConstraint:
    """Makes the foreign key to the region."""
    return sa.ForeignKeyConstraint(
        ["region"], ["region.id"], name=op.f(f"fk_{table}_region"), initially="DEFERRED", deferrable=True
    )
