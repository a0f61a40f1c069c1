"""The record of decisions, each row chained to the one before by its hash."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
