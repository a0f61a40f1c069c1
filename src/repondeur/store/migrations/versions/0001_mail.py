"""Mails, where they lie, what each step found, what was done, and what the agent may say."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("received", MOMENT, nullable=False),
        sa.Column("message", sa.JSON),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("reason", sa.JSON),
        sa.Column("ended", MOMENT),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("claim", sa.Text),
        sa.UniqueConstraint("mailbox", "identity"),
    )
    op.create_index("mail_thread", "mail", ["mailbox", "thread"])
    op.create_index("mail_message_id", "mail", ["message_id"])
    op.create_index("mail_stage", "mail", ["stage"])
    op.create_table(
        "location",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), nullable=False),
    )
    op.create_index("location_mail", "location", ["mail_id"])
    op.create_table(
        "step",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("found", sa.JSON),
    )
    op.create_index("step_mail", "step", ["mail_id"])
    op.create_table(
        "action",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("changed", MOMENT, nullable=False),
        sa.UniqueConstraint("mail_id", "kind"),
    )
    op.create_index("action_message_id", "action", ["message_id"])
    op.create_table(
        "passage",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("passage", "action", "step", "location", "mail"):
        op.drop_table(table)
