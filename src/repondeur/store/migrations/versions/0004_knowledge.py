"""Until when passages hold and which files they are from; what mails have asked that nothing was known of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("passage", sa.Column("valid_until", sa.Date))
    op.add_column("passage", sa.Column("file", sa.Text, nullable=False, server_default=""))
    op.add_column("passage", sa.Column("digest", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("passage_file", "passage", ["file"])
    op.create_table(
        "knowledge_file",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("watched", sa.Boolean, nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("problem", sa.JSON),
    )
    op.create_table(
        "gap",
        sa.Column("mail_id", IDENTIFIER, sa.ForeignKey("mail.id"), primary_key=True),
        sa.Column("questions", sa.JSON, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("gap")
    op.drop_table("knowledge_file")
    op.drop_index("passage_file", "passage")
    for column in ("digest", "file", "valid_until"):
        op.drop_column("passage", column)
