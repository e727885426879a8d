/** What a client may command now (`protocol.md` 4), so that a page offers nothing that would be refused. */
import { LEGAL, LEGAL_WHILE_PAUSED } from "./contract/tables.ts";
import type { Command } from "./contract/types.ts";
import type { View } from "./fold.ts";

export type CommandType = Command["type"];

/**
 * Whether the server would take a command of this type. Two of them depend on more than the phase:
 * `generation.cancel` on an open stream of the kind it names, which the caller knows, and `generation.retry` on a
 * failure; and a hint is given one at a time.
 */
export function isLegal(view: View, type: CommandType): boolean {
  if (type === "generation.cancel") return true;
  if (type === "generation.retry" && view.failed?.retryable !== true) return false;
  if (type === "hint.request" && view.streaming.some((stream) => stream.what === "hint")) return false;
  if (view.paused) return includes(LEGAL_WHILE_PAUSED, type);
  return includes(LEGAL[view.phase], type);
}

function includes(types: readonly CommandType[], type: CommandType): boolean {
  return types.includes(type);
}
