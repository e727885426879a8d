/**
 * Commands in flight (`protocol.md` 1 and 4). Each keeps its id until it has its one outcome, however often it is sent:
 * on a new connection everything unanswered is sent again, in the order it was given, and a refusal that the server
 * calls retryable is tried again a few times. Pure: times come in, in milliseconds of any clock that doesn't go back.
 */
import { backoff } from "./closing.ts";
import type { Ack, Command, ErrorMessage } from "./contract/types.ts";

/** How a command ended. `abandoned`: the client stopped first, and whether it took effect is not known. */
export type Outcome =
  { result: "acked"; ack: Ack } | { result: "refused"; error: ErrorMessage } | { result: "abandoned" };

interface Entry {
  readonly command: Command;
  /** How often the server has refused it for now. */
  refusals: number;
  /** When to send it again after such a refusal; null where it is on its way. */
  againAt: number | null;
}

/** So often a command is refused for now before the refusal is its outcome. */
const PATIENCE = 5;

export class CommandsInFlight {
  readonly #entries = new Map<string, Entry>();

  get all(): readonly Command[] {
    return [...this.#entries.values()].map((entry) => entry.command);
  }

  /** When `due` has something next, or null. */
  get wakeAt(): number | null {
    let earliest: number | null = null;
    for (const { againAt } of this.#entries.values()) {
      if (againAt !== null && (earliest === null || againAt < earliest)) earliest = againAt;
    }
    return earliest;
  }

  /** Takes a command in. Its id must not be in flight. */
  add(command: Command): void {
    if (this.#entries.has(command.id)) throw new Error(`A command with the id ${command.id} is in flight`);
    this.#entries.set(command.id, { command, refusals: 0, againAt: null });
  }

  /** What to send on a new connection: everything. */
  resend(): readonly Command[] {
    for (const entry of this.#entries.values()) entry.againAt = null;
    return this.all;
  }

  /** What to send again now. */
  due(now: number): readonly Command[] {
    const entries = [...this.#entries.values()].filter(({ againAt }) => againAt !== null && againAt <= now);
    for (const entry of entries) entry.againAt = null;
    return entries.map((entry) => entry.command);
  }

  /** The outcome that an acknowledgement makes, or null for a command that has had its own. */
  acked(ack: Ack): Outcome | null {
    return this.#entries.delete(ack.re) ? { result: "acked", ack } : null;
  }

  /** The outcome that a refusal makes, or null where the command will be tried again, or isn't in flight. */
  refused(error: ErrorMessage, now: number, chance: number): Outcome | null {
    const entry = error.re === null ? undefined : this.#entries.get(error.re);
    if (entry === undefined) return null;
    entry.refusals += 1;
    if (error.retryable && entry.refusals < PATIENCE) {
      const asked = error.details["retry_after_ms"];
      entry.againAt = now + backoff(entry.refusals, chance) + (typeof asked === "number" ? asked : 0);
      return null;
    }
    this.#entries.delete(entry.command.id);
    return { result: "refused", error };
  }

  /** Gives everything up, and tells the ids. */
  abandon(): readonly string[] {
    const ids = [...this.#entries.keys()];
    this.#entries.clear();
    return ids;
  }
}
