/** What to do when a connection has ended (`protocol.md` 8): the close code's meaning, and how long to wait. */
import { CLOSE_ACTIONS } from "./contract/tables.ts";

export type CloseAction = (typeof CLOSE_ACTIONS)[keyof typeof CLOSE_ACTIONS];

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** The action for a close code. One that isn't in the table follows its band. */
export function closeAction(code: number): CloseAction {
  const known = (CLOSE_ACTIONS as Partial<Record<string, CloseAction>>)[code];
  if (known !== undefined) return known;
  const transports = code >= 1000 && code < 3000;
  return transports || (code >= 4100 && code < 4200) ? "reconnect" : "stop";
}

/** Milliseconds before attempt `n` (from 0): anywhere up to a bound that doubles. `chance` is in [0, 1). */
export function backoff(n: number, chance: number): number {
  return chance * Math.min(LONGEST_MS, FIRST_MS * 2 ** n);
}
