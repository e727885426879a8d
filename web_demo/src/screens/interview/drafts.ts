/**
 * Answers that aren't accepted yet, one for each question, so that a reload or a crash loses no word. A draft that was
 * sent keeps the id it was sent under: sent again, it takes effect once (`protocol.md` 1).
 */
export interface Draft {
  text: string;
  sentAs: string | null;
  /** The transcript that was taken into it. */
  heard?: string;
}

export const NO_DRAFT: Draft = { text: "", sentAs: null };

const PREFIX = "viva.draft.";
const keyFor = (interview: string, turn: number) => `${PREFIX}${interview}.${turn}`;

export function loadDraft(kept: Storage, interview: string, turn: number): Draft {
  const text = kept.getItem(keyFor(interview, turn));
  if (text === null) return NO_DRAFT;
  return JSON.parse(text) as Draft;
}

export function keepDraft(kept: Storage, interview: string, turn: number, draft: Draft): void {
  if (draft.text === "") kept.removeItem(keyFor(interview, turn));
  else kept.setItem(keyFor(interview, turn), JSON.stringify(draft));
}

export function forgetDrafts(kept: Storage, interview: string): void {
  forget(kept, `${PREFIX}${interview}.`);
}

export function forgetAllDrafts(kept: Storage): void {
  forget(kept, PREFIX);
}

function forget(kept: Storage, prefix: string): void {
  const keys = Array.from({ length: kept.length }, (_, index) => kept.key(index));
  for (const key of keys) if (key?.startsWith(prefix) === true) kept.removeItem(key);
}
