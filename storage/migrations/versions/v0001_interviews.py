"""Users, their interviews, and what hangs on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    _users()
    _interviews()
    _turns()
    _feedback()
    _receipts()
    _security()


def downgrade() -> None:
    for table in ("receipts", "feedback", "turns", "interviews", "users"):
        op.drop_table(table)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False, comment="The token's sub."),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="Unix ms."),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        comment="Who takes interviews; made with the first one.",
    )


def _interviews() -> None:
    op.create_table(
        "interviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column(
            "idempotency_key",
            sa.Text(),
            comment="What the user named the request that made it, if anything.",
        ),
        sa.Column("config", JSONB(), nullable=False, comment="As posted, defaults filled."),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column(
            "epoch",
            sa.BigInteger(),
            nullable=False,
            comment="Counts the unbroken histories; 0: never woken.",
        ),
        sa.Column(
            "seq",
            sa.BigInteger(),
            nullable=False,
            comment="The last event of this epoch that a commit knew of.",
        ),
        sa.Column(
            "term",
            sa.BigInteger(),
            nullable=False,
            comment="Counts the wakings; who doesn't know the newest can't write.",
        ),
        sa.Column(
            "owner",
            sa.Text(),
            comment="The server that woke it last: its name and a number of its start.",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="Unix ms."),
        sa.Column("started_at", sa.BigInteger(), comment="Unix ms."),
        sa.Column("finished_at", sa.BigInteger(), comment="Unix ms."),
        sa.Column("finish_reason", sa.Text()),
        sa.Column(
            "remaining_ms",
            sa.BigInteger(),
            comment="When last started, paused or resumed; null without a limit.",
        ),
        sa.Column(
            "deadline_at",
            sa.BigInteger(),
            comment="When the time is up (Unix ms); null without a limit or while paused.",
        ),
        sa.Column(
            "hinting",
            sa.Boolean(),
            nullable=False,
            comment="A hint was asked for and isn't complete.",
        ),
        sa.Column("report", JSONB()),
        sa.CheckConstraint(
            "phase IN ('created', 'asking', 'answering', 'listening', 'transcribing', "
            "'reviewing', 'evaluating', 'reporting', 'finished')",
            name="ck_interviews_phase",
        ),
        sa.CheckConstraint(
            "finish_reason IN ('completed', 'requested', 'time_limit')",
            name="ck_interviews_finish_reason",
        ),
        sa.CheckConstraint("epoch >= 1", name="ck_interviews_epoch"),
        sa.CheckConstraint("seq >= 0", name="ck_interviews_seq"),
        sa.CheckConstraint("term >= 0", name="ck_interviews_term"),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (finish_reason IS NULL)", name="ck_interviews_finish"
        ),
        sa.CheckConstraint(
            "phase <> 'finished' OR report IS NOT NULL", name="ck_interviews_report"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_interviews"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_interviews_users", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "user_id", "idempotency_key", name="uq_interviews_user_id_idempotency_key"
        ),
        comment="One row an interview; every commit updates it, if its term is the row's.",
    )
    op.create_index("ix_interviews_newest", "interviews", ["user_id", "created_at", "id"])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, comment="Counts all questions from 1."),
        sa.Column("number", sa.Integer(), nullable=False, comment="Of its main question, from 1."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("parent_turn", sa.Integer(), comment="A follow-up's main turn."),
        sa.Column(
            "question",
            sa.Text(),
            comment="Null only if it was never asked and the interview was finished.",
        ),
        sa.Column("hints", JSONB(), nullable=False),
        sa.Column("transcript", JSONB()),
        sa.Column("answer", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("delivery", JSONB(), comment="How it was spoken."),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("rival", sa.Text(), comment="The rival's answer."),
        sa.CheckConstraint("kind IN ('main', 'follow_up')", name="ck_turns_kind"),
        sa.CheckConstraint("source IN ('text', 'voice')", name="ck_turns_source"),
        sa.CheckConstraint("turn >= 1", name="ck_turns_turn"),
        sa.CheckConstraint("number BETWEEN 1 AND turn", name="ck_turns_number"),
        sa.CheckConstraint(
            "(kind = 'follow_up') = (parent_turn IS NOT NULL)", name="ck_turns_parent_turn"
        ),
        sa.CheckConstraint("question IS NOT NULL OR skipped", name="ck_turns_question"),
        sa.CheckConstraint("NOT (skipped AND answer IS NOT NULL)", name="ck_turns_outcome"),
        sa.CheckConstraint("(answer IS NULL) = (source IS NULL)", name="ck_turns_answer"),
        sa.PrimaryKeyConstraint("interview_id", "turn", name="pk_turns"),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_turns_interviews", ondelete="CASCADE"
        ),
        comment="A question that was put, and what became of it.",
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("scores", JSONB()),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column(
            "scored",
            sa.Boolean(),
            nullable=False,
            comment="No scores are awaited any more, be it that there are none.",
        ),
        sa.CheckConstraint("lane >= 0", name="ck_feedback_lane"),
        sa.CheckConstraint("scored OR NOT cancelled", name="ck_feedback_cancelled"),
        sa.CheckConstraint("scored OR scores IS NULL", name="ck_feedback_scores"),
        sa.PrimaryKeyConstraint("interview_id", "turn", "lane", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["interview_id", "turn"],
            ["turns.interview_id", "turns.turn"],
            name="fk_feedback_turns",
            ondelete="CASCADE",
        ),
        comment="A lane's review of an answer, once its text is complete.",
    )


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("interview_id", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="Of the command's content."),
        sa.PrimaryKeyConstraint("interview_id", "command_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_receipts_interviews", ondelete="CASCADE"
        ),
        comment="A command that took effect, committed with its effect.",
    )


# --- who sees and writes what --------------------------------------------------------------------

_USER = "nullif(current_setting('app.user_id', true), '')"
_OF_INTERVIEW = f"""EXISTS (
    SELECT FROM interviews WHERE interviews.id = interview_id AND interviews.user_id = {_USER}
)"""
_WHOSE = {
    "users": f"id = {_USER}",
    "interviews": f"user_id = {_USER}",
    "turns": _OF_INTERVIEW,
    "feedback": _OF_INTERVIEW,
    "receipts": _OF_INTERVIEW,
}


def _security() -> None:
    for table, whose in _WHOSE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO viva_server USING ({whose})")
        if table != "users":
            # Not for whoever is a member of that role, as the tables' owner is.
            op.execute(
                f"CREATE POLICY every ON {table} TO viva_writer "
                "USING (current_user = 'viva_writer')"
            )
    op.execute(
        "DO $$ BEGIN EXECUTE format("
        "'GRANT USAGE ON SCHEMA %I TO viva_server, viva_writer', current_schema()); END $$"
    )
    op.execute("GRANT SELECT, INSERT ON users TO viva_server")
    op.execute(
        "GRANT SELECT, INSERT, DELETE, UPDATE (idempotency_key, term, owner, epoch, seq) "
        "ON interviews TO viva_server"
    )
    op.execute("GRANT SELECT ON turns, feedback, receipts TO viva_server")
    op.execute(
        "GRANT SELECT, UPDATE (seq, phase, paused, started_at, finished_at, finish_reason, "
        "remaining_ms, deadline_at, hinting, report) ON interviews TO viva_writer"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON turns, feedback TO viva_writer")
    op.execute("GRANT INSERT ON receipts TO viva_writer")
