"""An index of the interviews that have a report, for the progress over them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INDEX = "ix_interviews_reported"


def upgrade() -> None:
    op.create_index(
        _INDEX,
        "interviews",
        ["user_id", "finished_at", "id"],
        postgresql_where=sa.text("report IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "interviews")
