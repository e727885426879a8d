"""Documents, objects that are to be deleted, and what else models are asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_USER = "nullif(current_setting('app.user_id', true), '')"
_WORKS = "'question', 'feedback', 'scores', 'hint', 'rival', 'report', 'transcript'"


def upgrade() -> None:
    op.create_table_comment(
        "users", "Who takes interviews; made with the first one, or the first document."
    )
    _documents()
    _unwanted_objects()
    _security()
    _purposes(f"{_WORKS}, 'plan', 'profile'")


def downgrade() -> None:
    # An older version knows no other word for these; what they cost has to stay on the books.
    op.execute("ALTER TABLE model_requests NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE model_requests SET what = 'question' WHERE what IN ('plan', 'profile')")
    op.execute("ALTER TABLE model_requests FORCE ROW LEVEL SECURITY")
    _purposes(_WORKS)
    op.execute("REVOKE DELETE ON users FROM viva_server")
    op.drop_table("documents")
    op.drop_table("unwanted_objects")
    op.execute("DROP FUNCTION unwanted_object()")
    op.create_table_comment("users", "Who takes interviews; made with the first one.")


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="The file's, without a path."),
        sa.Column("media_type", sa.Text(), nullable=False, comment="As its content tells."),
        sa.Column("chars", sa.Integer(), nullable=False, comment="Of the text."),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("profile", JSONB()),
        sa.Column("size_bytes", sa.Integer(), nullable=False, comment="Of the file."),
        sa.Column("data", sa.LargeBinary(), comment="The file, unless it is an object."),
        sa.Column("object_key", sa.Text(), comment="In the object store, else null."),
        sa.Column("created_at", sa.BigInteger(), nullable=False, comment="Unix ms."),
        sa.CheckConstraint("kind IN ('resume', 'job_description')", name="ck_documents_kind"),
        sa.CheckConstraint("chars >= 1", name="ck_documents_chars"),
        sa.CheckConstraint("size_bytes >= 1", name="ck_documents_size_bytes"),
        sa.CheckConstraint("(data IS NULL) <> (object_key IS NULL)", name="ck_documents_place"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_documents_users", ondelete="CASCADE"
        ),
        comment="What a user has handed in: the file, its text, and what stands in it.",
    )
    op.create_index("ix_documents_newest", "documents", ["user_id", "created_at", "id"])
    op.create_index("uq_documents_object_key", "documents", ["object_key"], unique=True)


def _unwanted_objects() -> None:
    op.create_table(
        "unwanted_objects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "user_id", sa.Text(), nullable=False, comment="Whose it was; such a user may be gone."
        ),
        sa.Column(
            "due_at", sa.BigInteger(), nullable=False, comment="When it is to be tried; Unix ms."
        ),
        sa.Column(
            "tries", sa.Integer(), nullable=False, comment="How often deleting it was begun."
        ),
        sa.CheckConstraint("tries >= 0", name="ck_unwanted_objects_tries"),
        sa.PrimaryKeyConstraint("key", name="pk_unwanted_objects"),
        comment="Objects to be deleted from the object store. One is in here from before it is put "
        "there until its document is stored, and again from when that is deleted.",
    )
    op.create_index("ix_unwanted_objects_due_at", "unwanted_objects", ["due_at"])
    # Whoever deletes a document, or its user, does so within a transaction of that user.
    op.execute(
        """
        CREATE FUNCTION unwanted_object() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unwanted_objects (key, user_id, due_at, tries)
            VALUES (OLD.object_key, OLD.user_id, 0, 0) ON CONFLICT (key) DO NOTHING;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER unwanted_object AFTER DELETE ON documents FOR EACH ROW "
        "WHEN (OLD.object_key IS NOT NULL) EXECUTE FUNCTION unwanted_object()"
    )


def _security() -> None:
    for table in ("documents", "unwanted_objects"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO viva_server USING (user_id = {_USER})")
    # Not for whoever is a member of that role, as the table's owner is.
    op.execute(
        "CREATE POLICY every ON unwanted_objects TO viva_writer "
        "USING (current_user = 'viva_writer')"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON documents TO viva_server")
    op.execute("GRANT SELECT, INSERT, DELETE, UPDATE (due_at) ON unwanted_objects TO viva_server")
    op.execute("GRANT SELECT, DELETE, UPDATE (due_at, tries) ON unwanted_objects TO viva_writer")
    # One's own row alone; with it goes all that is that user's.
    op.execute("GRANT DELETE ON users TO viva_server")


def _purposes(words: str) -> None:
    op.drop_constraint("ck_model_requests_what", "model_requests")
    op.create_check_constraint("ck_model_requests_what", "model_requests", f"what IN ({words})")
