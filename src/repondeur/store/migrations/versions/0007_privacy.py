"""What keeps and forgets the data of people."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sealing_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
    )
    op.create_table(
        "upkeep",
        sa.Column("task", sa.Text, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("upkeep")
    op.drop_table("sealing_key")
