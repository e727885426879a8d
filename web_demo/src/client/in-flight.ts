/**
 * Commands in flight (`protocol.md` 1 and 4). Each keeps its id until it has its one outcome, however often it is sent:
 * on a new connection everything unanswered is sent again, in the order it was given, and a refusal that the server
 * calls retryable is tried again a few times. What the interview's end leaves unanswered is POSTed. Pure: times come in,
 * in milliseconds of any clock that doesn't go back.
 */
import { backoff } from "./closing.ts";
import type { Ack, Command, ErrorMessage } from "./contract/types.ts";
import { TooManyInFlightError } from "./errors.ts";

/**
 * How a command ended. `refused`: it has had no effect; or, where the error is retryable and was met again and again, it
 * is not known to have had one. `abandoned`: the client stopped first, and whether it took effect is not known.
 */
export type Outcome =
  { result: "acked"; ack: Ack } | { result: "refused"; error: ErrorMessage } | { result: "abandoned" };

/** A command that has had its outcome. */
export interface Settled {
  command: Command;
  outcome: Outcome;
}

interface Entry {
  readonly command: Command;
  /** How often the server has refused it for now. */
  refusals: number;
  /** How often a POST of it was not answered. */
  losses: number;
  /** When to send it again; null where it is on its way. */
  againAt: number | null;
  /** A POST of it has not been answered; until then it is sent nowhere else, so that no copy comes late. */
  posting: boolean;
}

/** So often a command is refused for now before the refusal is its outcome. */
const PATIENCE = 5;
/** Sent again together they stay far below the rate that closes a connection (4106). */
export const MOST_IN_FLIGHT = 32;

/** In the order they were given. */
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

  /** When `toPost` has something again, or null. */
  get postAt(): number | null {
    const entries = [...this.#entries.values()];
    return entries.some(({ posting }) => posting) ? null : (entries[0]?.againAt ?? null);
  }

  /** Takes a command in; false if just this one is in flight already. Throws where another has its id, or 32 are. */
  add(command: Command): boolean {
    const known = this.#entries.get(command.id);
    if (known !== undefined) {
      if (isSame(known.command, command)) return false;
      throw new Error(`Another command with the id ${command.id} is in flight`);
    }
    if (this.#entries.size >= MOST_IN_FLIGHT) {
      throw new TooManyInFlightError(`${MOST_IN_FLIGHT} commands are in flight`);
    }
    this.#entries.set(command.id, { command, refusals: 0, losses: 0, againAt: null, posting: false });
    return true;
  }

  /** What to send on a new WebSocket: everything, but what is being POSTed. */
  resend(): readonly Command[] {
    return this.#release(({ posting }) => !posting);
  }

  /** What to send again over the WebSocket now. */
  due(now: number): readonly Command[] {
    return this.#release(({ againAt }) => againAt !== null && againAt <= now);
  }

  /** What to POST now, or null. One at a time, because requests may overtake each other; so the first holds up the rest. */
  toPost(now: number): Command | null {
    const entries = [...this.#entries.values()];
    const first = entries[0];
    if (first === undefined || entries.some(({ posting }) => posting)) return null;
    if (first.againAt !== null && first.againAt > now) return null;
    first.againAt = null;
    first.posting = true;
    return first.command;
  }

  /** What an acknowledgement settles, or null for a command that has had its outcome. */
  acked(ack: Ack): Settled | null {
    const entry = this.#entries.get(ack.re);
    if (entry === undefined) return null;
    this.#entries.delete(ack.re);
    return { command: entry.command, outcome: { result: "acked", ack } };
  }

  /** What a refusal settles, or null where the command will be tried again, or isn't in flight. */
  refused(error: ErrorMessage, now: number, chance: number): Settled | null {
    const entry = error.re === null ? undefined : this.#entries.get(error.re);
    if (entry === undefined) return null;
    entry.posting = false;
    entry.refusals += 1;
    if (error.retryable && entry.refusals < PATIENCE) {
      const asked = error.details["retry_after_ms"];
      entry.againAt = now + backoff(entry.refusals, chance) + (typeof asked === "number" ? asked : 0);
      return null;
    }
    this.#entries.delete(entry.command.id);
    return { command: entry.command, outcome: { result: "refused", error } };
  }

  /** A POST of it was not answered. It is sent again, however often that happens. */
  lost(id: string, now: number, chance: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.posting = false;
    entry.againAt = now + backoff(entry.losses, chance);
    entry.losses += 1;
  }

  /** Gives everything up, and tells the ids. */
  abandon(): readonly string[] {
    const ids = [...this.#entries.keys()];
    this.#entries.clear();
    return ids;
  }

  /** Those, from now on on their way. */
  #release(which: (entry: Entry) => boolean): readonly Command[] {
    const entries = [...this.#entries.values()].filter(which);
    for (const entry of entries) entry.againAt = null;
    return entries.map((entry) => entry.command);
  }
}

/** Whether two commands say the same. */
export function isSame(one: Command, other: Command): boolean {
  const [ours, theirs] = [stated(one), stated(other)];
  return ours.size === theirs.size && [...ours].every(([name, value]) => theirs.get(name) === value);
}

/** The fields of a command, which are all plain values; one that is left out and one that is null are the same. */
function stated(command: Command): Map<string, unknown> {
  return new Map(Object.entries(command).filter(([, value]) => value != null));
}
