"""The one statement that stores commits, many at once.

The statement is a transaction by itself, so that a batch takes one way to PostgreSQL and back. The
fence is in it: it takes hold of the interviews that are of the commits' terms, and writes to these
alone. It waits for nobody: an interview whose row another transaction has locked is left out, so
that no other is held up.
"""

import orjson

from storage.models import FeedbackRow, TranscriptWordsRow, TurnRow
from storage.records import Commit, Unstorable
from storage.rows import WRITTEN, changes


def _replacing(table: type[TurnRow | FeedbackRow | TranscriptWordsRow]) -> str:
    """What puts a row in the place of the one with its key."""
    columns = table.__table__.columns
    key = ", ".join(column.name for column in columns if column.primary_key)
    others = [column.name for column in columns if not column.primary_key]
    new = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"ON CONFLICT ({key}) DO UPDATE SET {new}"


# Takes commits, one at most of each interview. Returns the interviews that were left out, with
# whether their term is the commit's.
STORE_COMMITS = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1) AS given (
        id text, term bigint, interview jsonb, turns jsonb, feedback jsonb, words jsonb,
        command_id text, digest bytea
    )
), free AS (
    SELECT given.* FROM interviews AS kept JOIN given USING (id, term)
    FOR NO KEY UPDATE OF kept SKIP LOCKED
), held AS (
    UPDATE interviews AS kept SET {", ".join(f"{name} = new.{name}" for name in WRITTEN)}
    FROM free, jsonb_populate_record(NULL::interviews, free.interview) AS new
    WHERE kept.id = free.id
    RETURNING free.*
), put_turns AS (
    INSERT INTO turns
    SELECT new.* FROM held, jsonb_populate_recordset(NULL::turns, held.turns) AS new
    {_replacing(TurnRow)}
), put_feedback AS (
    INSERT INTO feedback
    SELECT new.* FROM held, jsonb_populate_recordset(NULL::feedback, held.feedback) AS new
    {_replacing(FeedbackRow)}
), put_words AS (
    INSERT INTO transcript_words
    SELECT new.* FROM held, jsonb_populate_recordset(NULL::transcript_words, held.words) AS new
    WHERE held.words IS NOT NULL
    {_replacing(TranscriptWordsRow)}
), put_receipts AS (
    INSERT INTO receipts (interview_id, command_id, digest)
    SELECT id, command_id, digest FROM held WHERE command_id IS NOT NULL
)
SELECT id, EXISTS (SELECT FROM interviews AS kept WHERE kept.id = given.id AND term = given.term)
FROM given WHERE id NOT IN (SELECT id FROM held)
"""


def encoded(commit: Commit) -> bytes:
    """What the statement takes of a commit.

    Raises:
        Unstorable: it holds what is no text (a lone surrogate) or no number of PostgreSQL's.
    """
    changed = changes(commit)
    row = {
        "id": commit.after.view.interview.id,
        "term": commit.term,
        "interview": changed.interview,
        "turns": changed.turns,
        "feedback": changed.feedback,
    }
    if changed.words:  # Hardly any commit has some, and not to look for them is cheaper.
        row["words"] = changed.words
    if commit.receipt is not None:
        row["command_id"] = commit.receipt.command_id
        row["digest"] = f"\\x{commit.receipt.digest.hex()}"
    try:
        return orjson.dumps(row)
    except orjson.JSONEncodeError as error:
        raise Unstorable(f"a commit can't be encoded: {error}") from error
