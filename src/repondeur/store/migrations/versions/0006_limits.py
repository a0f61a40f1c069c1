"""What has left lately, which mailboxes are paused, of what people were told; and what calls of models may cost."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "sending",
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), primary_key=True, autoincrement=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("same", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Boolean, nullable=False),
    )
    op.create_index("sending_at", "sending", ["mailbox", "at"])
    op.create_index("sending_author", "sending", ["mailbox", "author", "at"])
    op.create_index("sending_thread", "sending", ["mailbox", "thread"])
    op.create_index("sending_same", "sending", ["mailbox", "same", "at"])
    op.create_table(
        "pause",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.JSON, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "alarm",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("spend", sa.Column("under_way", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("spend", "under_way")
    op.drop_table("alarm")
    op.drop_table("pause")
    op.drop_table("sending")
