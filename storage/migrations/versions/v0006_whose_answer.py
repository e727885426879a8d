"""A spoken answer has the id of the command that opened it. Nobody knows it of one that is being
spoken already: that question is open again.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Of all users' interviews, as row-level security would not have it.
    op.execute("ALTER TABLE interviews NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE interviews SET phase = 'answering', voice = NULL, time_up = false, "
        # Whose time was up meanwhile finds it so again.
        "deadline_at = CASE WHEN time_up THEN 0 ELSE deadline_at END "
        "WHERE voice IS NOT NULL"
    )
    op.execute("ALTER TABLE interviews FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """An older version passes over the id."""
