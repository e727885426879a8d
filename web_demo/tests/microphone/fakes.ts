/** A microphone that hears what a test says, and a place that keeps recordings in memory. */
import type { AudioStart } from "../../src/client/contract/types.ts";
import type { Frame } from "../../src/microphone/framing.ts";
import type { AnswerHead, Found, Recordings } from "../../src/microphone/keep.ts";
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
  interview: string;
  head: AnswerHead;
  pieces: Uint8Array[];
}

export class RecordingsInMemory implements Recordings {
  /** The newest last. */
  kept: InMemory[] = [];
  /** Whether the disk is full. */
  full = false;
  /** What is looked for is found when this is done, as this says; null: at once. */
  slow: Promise<"found" | "unknown"> | null = null;
  writes = 0;
  sweeps = 0;
  #held: Promise<void> | null = null;

  /** Pieces are kept from now on when what is returned is called. */
  hold(): () => void {
    let release: (() => void) | undefined;
    this.#held = new Promise<void>((resolve) => {
      release = resolve;
    });
    return () => {
      release?.();
    };
  }

  async find(interview: string): Promise<Found> {
    if (this.slow !== null && (await this.slow) === "unknown") return "unknown";
    const kept = this.kept.findLast((one) => one.interview === interview);
    if (kept === undefined) return null;
    const audio = Uint8Array.from(kept.pieces.flatMap((piece) => [...piece]));
    return { ...kept.head, audio };
  }

  keep(interview: string, head: AnswerHead): Promise<boolean> {
    if (this.full) return Promise.resolve(false);
    const kept = this.#of(interview, head.start.id);
    if (kept === undefined) this.kept.push({ interview, head, pieces: [] });
    else kept.head = head;
    return Promise.resolve(true);
  }

  async keepPiece(interview: string, start: AudioStart, index: number, pcm: Uint8Array): Promise<boolean> {
    await this.#held;
    const kept = this.#of(interview, start.id);
    if (this.full || kept === undefined) return false;
    this.writes += 1;
    kept.pieces[index] = pcm;
    return true;
  }

  forget(interview: string, answer?: string): Promise<void> {
    const isMeant = (one: InMemory) =>
      one.interview === interview && (answer === undefined || one.head.start.id === answer);
    this.kept = this.kept.filter((one) => !isMeant(one));
    return Promise.resolve();
  }

  sweep(): Promise<void> {
    this.sweeps += 1;
    return Promise.resolve();
  }

  forgetAll(): Promise<void> {
    this.kept = [];
    return Promise.resolve();
  }

  #of(interview: string, answer: string): InMemory | undefined {
    return this.kept.find((one) => one.interview === interview && one.head.start.id === answer);
  }
}
