/**
 * Keeps what is being spoken, as it is spoken: it looks at the client and writes what isn't kept yet, one thing at a time,
 * so that a slow disk makes larger steps and no queue. When the client has the answer no more (it was accepted, skipped,
 * cancelled, the interview is over), or is about to drop it, nothing of it stays. A client that the server has stopped
 * keeps and deletes nothing: another tab may have taken the answer over, and go on with it.
 */
import type { AudioStart } from "../client/contract/types.ts";
import type { Bytes, CoreState, KeptAnswer, Spoken } from "../client/core.ts";
import { type AnswerHead, pieceBytes, type Recordings } from "./keep.ts";

/** Less than this isn't worth a write, unless there may be no other. */
const WORTH_MS = 250;

/** What it needs of an interview's client. */
export interface Recorded {
  readonly state: CoreState;
  subscribe: (listener: () => void) => () => void;
  recording: (from: number, to: number) => Bytes;
}

export class Keeping {
  readonly #client: Recorded;
  readonly #recordings: Recordings;
  readonly #interview: string;
  readonly #changed = new Set<() => void>();
  /** What is kept of the answer; null where nothing is. */
  #head: AnswerHead | null;
  /** So many bytes of it are kept. */
  #saved: number;
  /** The answer that can't be kept, by the id of its start. */
  #failed: string | null = null;
  #busy = false;
  #eager = false;

  /** `kept`: the answer that was found, and that the client goes on with. */
  constructor(client: Recorded, recordings: Recordings, interview: string, kept: KeptAnswer | null) {
    this.#client = client;
    this.#recordings = recordings;
    this.#interview = interview;
    this.#head = kept;
    this.#saved = kept?.audio.length ?? 0;
  }

  /** Whether the answer that is being spoken would not outlive the page. */
  get fails(): boolean {
    return this.#failed !== null;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  /** Keeps from now on; returns what ends it. */
  attend(): () => void {
    const look = () => {
      void this.#work();
    };
    look();
    return this.#client.subscribe(look);
  }

  /** Keeps the little that is left: the page may be about to go. */
  flush(): void {
    this.#eager = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let step = this.#next(); step !== null; step = this.#next()) await step();
    } finally {
      this.#busy = false;
    }
  }

  /** What there is to do, or null. */
  #next(): (() => Promise<void>) | null {
    if (this.#isStopped) return null;
    const spoken = this.#wanted();
    if (spoken === null) return this.#head === null ? this.#forgiven() : () => this.#forget();
    if (this.#head !== null && this.#head.start.id !== spoken.start.id) return () => this.#forget();
    if (spoken.start.id === this.#failed) return null;
    if (!isSame(this.#head, spoken)) return () => this.#keepHead(spoken);
    const piece = this.#piece(spoken);
    if (piece === null) this.#eager = false;
    return piece === null ? null : () => this.#keepPiece(spoken.start, piece.index, piece.pcm);
  }

  get #isStopped(): boolean {
    const { link } = this.#client.state;
    return link.status === "stopped" && link.action === "stop";
  }

  /** The answer, unless it is being cancelled: whoever drops it expects that nothing stays. */
  #wanted(): Spoken | null {
    const { spoken, inFlight } = this.#client.state;
    const cancelled = inFlight.some(({ type }) => type === "audio.cancel");
    return cancelled ? null : spoken;
  }

  #piece({ start, recorded, bytes }: Spoken): { index: number; pcm: Bytes } | null {
    const whole = pieceBytes(start);
    const index = Math.floor(this.#saved / whole);
    const worth = this.#eager || bytes !== null ? 1 : (whole * WORTH_MS) / 1_000;
    if (recorded - this.#saved < worth) return null;
    const pcm = this.#client.recording(index * whole, (index + 1) * whole);
    return index * whole + pcm.length > this.#saved ? { index, pcm } : null;
  }

  async #keepHead({ start, started, stop }: Spoken): Promise<void> {
    const head = { start, started, stop };
    if (await this.#recordings.keep(this.#interview, head)) this.#head = head;
    else await this.#fail(start);
  }

  async #keepPiece(start: AudioStart, index: number, pcm: Bytes): Promise<void> {
    if (await this.#recordings.keepPiece(this.#interview, start, index, pcm)) {
      this.#saved = index * pieceBytes(start) + pcm.length;
    } else await this.#fail(start);
  }

  /** Deletes what is kept of it here; other answers are other tabs'. */
  async #forget(): Promise<void> {
    const head = this.#head;
    this.#head = null;
    this.#saved = 0;
    if (head !== null) await this.#recordings.forget(this.#interview, head.start.id);
  }

  /** Part of an answer is no use: what is kept of it is deleted, and no more is tried. */
  async #fail(start: AudioStart): Promise<void> {
    this.#failed = start.id;
    await this.#forget();
    await this.#recordings.forget(this.#interview, start.id);
    this.#tell();
  }

  /** The answer that couldn't be kept is over; the next one may fare better. */
  #forgiven(): null {
    if (this.#failed !== null) {
      this.#failed = null;
      this.#tell();
    }
    return null;
  }

  #tell(): void {
    for (const changed of this.#changed) changed();
  }
}

function isSame(head: AnswerHead | null, { start, started, stop }: Spoken): boolean {
  return head?.start.id === start.id && head.started === started && head.stop?.id === stop?.id;
}
