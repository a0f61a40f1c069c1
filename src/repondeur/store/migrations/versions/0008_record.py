"""The record of decisions, each row chained to the one before by its hash.

The database refuses to delete a row, and to change one but for its details, which may be sealed under another key or
forgotten for good. That guards against slips. Against whoever may drop triggers, the hashes do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KEPT = ("id", "at", "mail_id", "event", "details_digest", "previous", "hash")
FORGOTTEN = "(NEW.details IS NULL OR OLD.details IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("id", IDENTIFIER, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("mail_id", IDENTIFIER),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("details", sa.Text),
        sa.Column("details_digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("record_mail", "record", ["mail_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if sqlite else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("record")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION record_kept()")


def _sqlite() -> list[str]:
    kept = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT)
    refuse = "BEGIN SELECT RAISE(ABORT, 'rows of the record are kept as they are'); END"
    return [
        f"CREATE TRIGGER record_not_deleted BEFORE DELETE ON record {refuse}",
        f"CREATE TRIGGER record_not_changed BEFORE UPDATE ON record WHEN NOT ({FORGOTTEN} AND {kept}) {refuse}",
    ]


def _postgresql() -> list[str]:
    kept = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in KEPT)
    run = "EXECUTE FUNCTION record_kept()"
    return [
        f"""
        CREATE FUNCTION record_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {FORGOTTEN} AND {kept} THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'rows of the record are kept as they are';
        END $$
        """,
        f"CREATE TRIGGER record_not_changed BEFORE UPDATE OR DELETE ON record FOR EACH ROW {run}",
        f"CREATE TRIGGER record_not_emptied BEFORE TRUNCATE ON record FOR EACH STATEMENT {run}",
    ]
