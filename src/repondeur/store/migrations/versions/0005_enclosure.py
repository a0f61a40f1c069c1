"""What is in the attachments that are still to be read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "enclosure",
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("enclosure")
