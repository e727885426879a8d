"""What was asked of models, and what it cost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _model_requests()
    _security()


def downgrade() -> None:
    op.drop_table("model_requests")


def _model_requests() -> None:
    op.create_table(
        "model_requests",
        sa.Column(
            "id",
            sa.Uuid(),
            nullable=False,
            comment="Given before it is stored, so that it is stored once.",
        ),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("interview_id", sa.Text(), comment="Null once that was deleted."),
        sa.Column("turn", sa.Integer(), comment="Null for what is of no turn, a report."),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False, comment="Part of the input."),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column(
            "estimated",
            sa.Boolean(),
            nullable=False,
            comment="The provider didn't count the tokens.",
        ),
        sa.Column(
            "cost_micro_usd",
            sa.BigInteger(),
            comment="Millionths of a US dollar; null where no price is known.",
        ),
        sa.Column(
            "first_token_ms",
            sa.BigInteger(),
            comment="From the request on; null: none came.",
        ),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="Of its end; Unix ms."),
        sa.CheckConstraint(
            "what IN ('question', 'feedback', 'scores', 'hint', 'rival', 'report', 'transcript')",
            name="ck_model_requests_what",
        ),
        sa.CheckConstraint(
            "outcome IN ('stop', 'length', 'filtered', 'cancelled', 'rate_limited', "
            "'unavailable', 'slow', 'cut', 'garbled', 'empty', 'rejected', 'unauthorized')",
            name="ck_model_requests_outcome",
        ),
        sa.CheckConstraint("turn >= 1", name="ck_model_requests_turn"),
        sa.CheckConstraint("lane >= 0", name="ck_model_requests_lane"),
        sa.CheckConstraint("input_tokens >= 0", name="ck_model_requests_input_tokens"),
        sa.CheckConstraint("cached_tokens >= 0", name="ck_model_requests_cached_tokens"),
        sa.CheckConstraint("output_tokens >= 0", name="ck_model_requests_output_tokens"),
        sa.CheckConstraint("cost_micro_usd >= 0", name="ck_model_requests_cost_micro_usd"),
        sa.CheckConstraint("first_token_ms >= 0", name="ck_model_requests_first_token_ms"),
        sa.CheckConstraint("duration_ms >= 0", name="ck_model_requests_duration_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_model_requests"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_model_requests_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["interviews.id"],
            name="fk_model_requests_interviews",
            ondelete="SET NULL",
        ),
        comment="A request to a model and what it took, without its text. It outlives its "
        "interview: what was spent stays spent.",
    )
    op.create_index("ix_model_requests_interview_id", "model_requests", ["interview_id"])
    op.create_index(
        "ix_model_requests_spent",
        "model_requests",
        ["user_id", "at"],
        postgresql_include=["cost_micro_usd"],
    )


def _security() -> None:
    op.execute("ALTER TABLE model_requests ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE model_requests FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own ON model_requests TO viva_server "
        "USING (user_id = nullif(current_setting('app.user_id', true), ''))"
    )
    # Not for whoever is a member of that role, as the table's owner is.
    op.execute(
        "CREATE POLICY every ON model_requests TO viva_writer USING (current_user = 'viva_writer')"
    )
    op.execute("GRANT SELECT ON model_requests TO viva_server")
    op.execute("GRANT SELECT, INSERT ON model_requests TO viva_writer")
