"""Spoken answers: what is kept of one until it is accepted, and the words of transcripts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

_USER = "nullif(current_setting('app.user_id', true), '')"
_KEPT = ("voice", "time_up", "delivery", "ended_by_server")
_CHECKS = {
    "voice": "(voice IS NOT NULL) = (phase IN ('listening', 'transcribing'))",
    "time_up": "NOT time_up OR voice IS NOT NULL",
    "delivery": "delivery IS NULL OR phase = 'reviewing'",
}


def upgrade() -> None:
    _to_be_spoken_again()
    _interviews()
    _transcript_words()
    _security()


def downgrade() -> None:
    # An older version doesn't know that the time was up.
    _update("UPDATE interviews SET deadline_at = 0 WHERE time_up")
    for name in _CHECKS:
        op.drop_constraint(f"ck_interviews_{name}", "interviews")
    for name in _KEPT:
        op.drop_column("interviews", name)
    op.drop_table("transcript_words")
    _to_be_spoken_again()


def _interviews() -> None:
    op.add_column(
        "interviews",
        sa.Column(
            "voice",
            JSONB(),
            comment="The answer that is being spoken or transcribed, as it was begun.",
        ),
    )
    op.add_column(
        "interviews",
        sa.Column(
            "time_up",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="The time ran out while an answer was being spoken.",
        ),
    )
    op.add_column(
        "interviews",
        sa.Column("delivery", JSONB(), comment="How the answer was spoken that is being reviewed."),
    )
    op.add_column(
        "interviews",
        sa.Column(
            "ended_by_server",
            sa.ARRAY(sa.Integer()),
            nullable=False,
            server_default="{}",
            comment="The turns whose spoken answer the server ended by itself.",
        ),
    )
    # The defaults were for the rows that there were.
    for name in ("time_up", "ended_by_server"):
        op.alter_column("interviews", name, server_default=None)
    for name, condition in _CHECKS.items():
        op.create_check_constraint(f"ck_interviews_{name}", "interviews", condition)


def _transcript_words() -> None:
    op.create_table(
        "transcript_words",
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("words", JSONB(), comment="Null once the transcript was dropped."),
        sa.PrimaryKeyConstraint("interview_id", "turn", name="pk_transcript_words"),
        sa.ForeignKeyConstraint(
            ["interview_id", "turn"],
            ["turns.interview_id", "turns.turn"],
            name="fk_transcript_words_turns",
            ondelete="CASCADE",
        ),
        comment="The words of a turn's transcript, with their places in the audio.",
    )


def _security() -> None:
    op.execute("ALTER TABLE transcript_words ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE transcript_words FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own ON transcript_words TO viva_server USING (EXISTS ("
        "SELECT FROM interviews "
        f"WHERE interviews.id = interview_id AND interviews.user_id = {_USER}))"
    )
    # Not for whoever is a member of that role, as the table's owner is.
    op.execute(
        "CREATE POLICY every ON transcript_words TO viva_writer "
        "USING (current_user = 'viva_writer')"
    )
    op.execute("GRANT SELECT ON transcript_words TO viva_server")
    op.execute("GRANT SELECT, INSERT, UPDATE ON transcript_words TO viva_writer")
    op.execute(f"GRANT UPDATE ({', '.join(_KEPT)}) ON interviews TO viva_writer")


def _to_be_spoken_again() -> None:
    """What is being spoken can't be taken over from one version into the other: the question is
    open again.
    """
    _update(
        "UPDATE interviews SET phase = 'answering' WHERE phase IN ('listening', 'transcribing')"
    )


def _update(statement: str) -> None:
    """Of all users' interviews, as row-level security would not have it."""
    op.execute("ALTER TABLE interviews NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute("ALTER TABLE interviews FORCE ROW LEVEL SECURITY")
