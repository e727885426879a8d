/** How loud it is, for people: loudness is heard by its logarithm. */
import type { Frame } from "./framing.ts";

export type Loudness = "silent" | "quiet" | "good" | "loud";

export interface Level {
  /** From 0 to 1, as a meter shows it. */
  height: number;
  loudness: Loudness;
}

export const SILENCE: Level = { height: 0, loudness: "silent" };

/** In decibels below the loudest that can be told: what a meter shows as nothing, and as full. */
const EMPTY_DB = -60;
const FULL_DB = -6;
/** A quiet room lies below the first, a voice at a desk above the second. */
const SILENT_DB = -50;
const QUIET_DB = -38;
/** From here on the tops of the waves are cut off. */
const CUT_OFF = 0.99;

export function levelOf({ peak, rms }: Pick<Frame, "peak" | "rms">): Level {
  const db = rms === 0 ? -Infinity : 20 * Math.log10(rms);
  const height = Math.max(0, Math.min(1, (db - EMPTY_DB) / (FULL_DB - EMPTY_DB)));
  return { height, loudness: peak >= CUT_OFF ? "loud" : loudnessOf(db) };
}

function loudnessOf(db: number): Loudness {
  if (db < SILENT_DB) return "silent";
  return db < QUIET_DB ? "quiet" : "good";
}

/** The level now, and who wants to see it move. It changes a dozen times a second. */
export class LevelMeter {
  #level = SILENCE;
  readonly #changed = new Set<() => void>();

  get level(): Level {
    return this.#level;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  show(level: Level): void {
    this.#level = level;
    for (const changed of this.#changed) changed();
  }
}
