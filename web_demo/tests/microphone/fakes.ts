/** A microphone that hears what a test says, and a place that keeps recordings in memory. */
import type { AudioStart } from "../../src/client/contract/types.ts";
import type { KeptAnswer } from "../../src/client/core.ts";
import type { Frame } from "../../src/microphone/framing.ts";
import type { AnswerHead, Recordings } from "../../src/microphone/keep.ts";
import {
  type Capture,
  type Device,
  type Listener,
  type Microphone,
  MicrophoneError,
  type Trouble,
  type Wanted,
} from "../../src/microphone/microphone.ts";

const RATE = 16_000;

export class FakeCapture implements Capture {
  readonly sampleRate: number;
  readonly deviceId: string | null;
  closed = false;
  resumed = 0;
  /** What it still has to tell when it is closed, in bytes. */
  rest = 0;
  #listener: Listener | null = null;
  #unheard: Frame[] = [];

  constructor({ deviceId, sampleRate }: Wanted) {
    this.sampleRate = sampleRate ?? RATE;
    this.deviceId = deviceId;
  }

  listen(listener: Listener): void {
    this.#listener = listener;
    for (const frame of this.#unheard.splice(0)) listener.frame(frame);
  }

  resume(): void {
    this.resumed += 1;
  }

  close(): Promise<void> {
    if (this.rest > 0) this.hear(this.rest);
    this.rest = 0;
    this.closed = true;
    return Promise.resolve();
  }

  /** So many bytes are heard, so loud; what nobody listens to yet is told to who listens first. */
  hear(bytes: number, rms = 0.1): void {
    const frame = { pcm: new Uint8Array(bytes).fill(7), peak: rms, rms };
    if (this.#listener === null) this.#unheard.push(frame);
    else this.#listener.frame(frame);
  }

  hold(held: boolean): void {
    this.#listener?.held(held);
  }

  lose(): void {
    this.#listener?.lost();
  }
}

export class FakeMicrophone implements Microphone {
  /** What opening it comes to: permission, or some trouble. */
  trouble: Trouble | null = null;
  found: Device[] = [];
  readonly captures: FakeCapture[] = [];
  readonly wanted: Wanted[] = [];
  #answer: (() => void) | null = null;
  #asks = false;
  readonly #watching = new Set<() => void>();

  /** From now on the browser asks, and waits for `allow`. */
  ask(): void {
    this.#asks = true;
  }

  allow(): void {
    this.#asks = false;
    this.#answer?.();
  }

  async open(wanted: Wanted): Promise<Capture> {
    this.wanted.push(wanted);
    if (this.#asks) {
      await new Promise<void>((resolve) => {
        this.#answer = resolve;
      });
    }
    if (this.trouble !== null) throw new MicrophoneError(this.trouble);
    const capture = new FakeCapture(wanted);
    this.captures.push(capture);
    return capture;
  }

  /** The one opened last. */
  get capture(): FakeCapture {
    const capture = this.captures.at(-1);
    if (capture === undefined) throw new Error("It was never opened");
    return capture;
  }

  devices(): Promise<Device[]> {
    return Promise.resolve(this.found);
  }

  watch(changed: () => void): () => void {
    this.#watching.add(changed);
    return () => this.#watching.delete(changed);
  }

  /** Other devices are there now. */
  plug(found: Device[]): void {
    this.found = found;
    for (const changed of this.#watching) changed();
  }
}

interface InMemory {
  head: AnswerHead;
  pieces: Uint8Array[];
}

export class RecordingsInMemory implements Recordings {
  readonly kept = new Map<string, InMemory>();
  /** Whether the disk is full. */
  full = false;
  writes = 0;

  find(interview: string): Promise<KeptAnswer | null> {
    const kept = this.kept.get(interview);
    if (kept === undefined) return Promise.resolve(null);
    const audio = Uint8Array.from(kept.pieces.flatMap((piece) => [...piece]));
    return Promise.resolve({ ...kept.head, audio });
  }

  keep(interview: string, head: AnswerHead): Promise<boolean> {
    if (this.full) return Promise.resolve(false);
    const before = this.kept.get(interview);
    const pieces = before?.head.start.id === head.start.id ? before.pieces : [];
    this.kept.set(interview, { head, pieces });
    return Promise.resolve(true);
  }

  keepPiece(interview: string, start: AudioStart, index: number, pcm: Uint8Array): Promise<boolean> {
    const kept = this.kept.get(interview);
    if (this.full || kept?.head.start.id !== start.id) return Promise.resolve(false);
    this.writes += 1;
    kept.pieces[index] = pcm;
    return Promise.resolve(true);
  }

  forget(interview: string, answer?: string): Promise<void> {
    const isKept = this.kept.get(interview)?.head.start.id === answer;
    if (answer === undefined || isKept) this.kept.delete(interview);
    return Promise.resolve();
  }

  forgetAll(): Promise<void> {
    this.kept.clear();
    return Promise.resolve();
  }
}
