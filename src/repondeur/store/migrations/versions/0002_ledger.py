"""What a mailbox tells us of its mail: announced messages, delta cursors, subscriptions, leases, drafts of ours."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "announced",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("found", sa.JSON),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "cursor",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("at", MOMENT),
        sa.Column("account", sa.Text, nullable=False),
    )
    op.create_table(
        "subscription",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("secret_digest", sa.Text, nullable=False),
        sa.Column("notification_url", sa.Text, nullable=False),
        sa.Column("rich", sa.Boolean, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("made", MOMENT, nullable=False),
        sa.Column("renewed", MOMENT, nullable=False),
        sa.Column("last_notice", MOMENT),
        sa.Column("last_check", MOMENT),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("account", sa.Text, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
    )
    op.create_table(
        "draft",
        sa.Column("mailbox", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("change_key", sa.Text, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("graph_message_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_index("draft_ref", "draft", ["mailbox", "ref"])


def downgrade() -> None:
    for table in ("draft", "lease", "subscription", "cursor", "announced"):
        op.drop_table(table)
