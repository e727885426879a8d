/** What is left of an interview's time, by the client's own clock (`protocol.md` 9: `remaining_ms`). */
import type { LogEvent, Snapshot } from "./contract/types.ts";

/** `remaining_ms` at the moment `at` of the client's clock. */
export interface TimeLeft {
  remaining_ms: number;
  at: number;
}

export class Countdown {
  #timeLeft: TimeLeft | null = null;
  /** The smallest difference seen between our clock and an event's: the server's clock as seen from here. */
  #skew = Infinity;

  get timeLeft(): TimeLeft | null {
    return this.#timeLeft;
  }

  replaced({ remaining_ms }: Snapshot, now: number): void {
    this.#set(remaining_ms, now);
  }

  told(event: LogEvent, now: number): void {
    this.#skew = Math.min(this.#skew, now - event.at);
    if ("remaining_ms" in event) this.#set(event.remaining_ms, event.at + this.#skew);
    else if (event.type === "interview.finished") this.#timeLeft = null;
  }

  #set(remaining_ms: number | null, at: number): void {
    this.#timeLeft = remaining_ms === null ? null : { remaining_ms, at };
  }
}
