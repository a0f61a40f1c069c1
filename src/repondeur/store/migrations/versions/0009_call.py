"""What targets are told, each thing once."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("mail_id", IDENTIFIER),
        sa.Column("reason", sa.JSON),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.UniqueConstraint("target", "key"),
    )
    op.create_index("notice_due", "notice", ["state", "due"])
    op.create_index("notice_target", "notice", ["target", "at"])


def downgrade() -> None:
    op.drop_index("notice_target", "notice")
    op.drop_index("notice_due", "notice")
    op.drop_table("notice")
