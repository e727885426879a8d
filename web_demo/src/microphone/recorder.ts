/**
 * One interview's answers by voice: the microphone is opened and closed here, and what it hears goes to the client, which
 * keeps it until the answer is accepted. The client says whether an answer is being spoken; the recorder, whether anything
 * is heard of it now. The two differ after a reload, and when a microphone is unplugged: then the answer waits.
 */
import type { CoreState } from "../client/core.ts";
import type { Outcome } from "../client/in-flight.ts";
import type { CommandBody } from "../client/networked/interview-client.ts";
import { spokenMs } from "../client/voice.ts";
import { LevelMeter, levelOf, SILENCE } from "./level.ts";
import { type Capture, type Listener, type Microphone, MicrophoneError, type Trouble } from "./microphone.ts";

export type Recording =
  | Off
  | { status: "opening" }
  /** The answer is being ended: the last of it is on its way from the microphone. */
  | { status: "closing" }
  /** `held`: nothing comes, though the microphone is open. */
  | { status: "on"; deviceId: string | null; held: boolean };

/**
 * `lost`: the microphone went away in the middle of the answer. `full`: the answer came to its longest while the server
 * was away. `trouble`: why the microphone couldn't be opened.
 */
interface Off {
  status: "off";
  lost: boolean;
  full: boolean;
  trouble: Trouble | null;
}

/** What it needs of an interview's client. */
export interface SpokenTo {
  readonly state: CoreState;
  subscribe: (listener: () => void) => () => void;
  speak: (turn: number, pcm: Uint8Array) => void;
}

/** Sends a command, at once, and tells how that ended. Never rejects. */
export type SendCommand = (body: CommandBody) => Promise<Outcome["result"]>;

export interface AnswerOptions {
  deviceId: string | null;
  /** So much silence ends it, in milliseconds; null: none does. */
  silenceMs: number | null;
  review: boolean;
  /** Whether to drop what was said before, once the microphone is open. */
  again: boolean;
}

const DEAF: Listener = { frame: () => undefined, held: () => undefined, lost: () => undefined };
const OFF: Off = { status: "off", lost: false, full: false, trouble: null };

export class Recorder {
  readonly meter = new LevelMeter();
  readonly #client: SpokenTo;
  readonly #send: SendCommand;
  readonly #microphone: Microphone;
  readonly #changed = new Set<() => void>();
  #state: Recording = OFF;
  #capture: Capture | null = null;
  /** Counts what was begun, so that what comes late of something given up is known. */
  #attempt = 0;

  constructor(client: SpokenTo, send: SendCommand, microphone: Microphone) {
    this.#client = client;
    this.#send = send;
    this.#microphone = microphone;
  }

  get state(): Recording {
    return this.#state;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  /** Closes the microphone when the answer is over, whoever ended it; returns what ends that, and closes it too. */
  attend(): () => void {
    const unsubscribe = this.#client.subscribe(() => {
      if (this.#state.status === "on" && !this.#isWanted) void this.#release();
    });
    return () => {
      unsubscribe();
      void this.#release();
    };
  }

  /** Begins an answer. On a press: it may ask for permission. */
  async answer(turn: number, { deviceId, silenceMs, review, again }: AnswerOptions): Promise<void> {
    const opened = await this.#open(deviceId, null);
    if (opened === null) return;
    const { capture, attempt } = opened;
    if (again) {
      // What is heard before the old answer is gone belongs to none.
      capture.listen(DEAF);
      if ((await this.#send({ type: "audio.cancel", turn })) !== "acked") {
        await this.#giveUp(attempt);
        return;
      }
    }
    if (attempt !== this.#attempt) return;
    const silence = silenceMs === null ? {} : { silence_ms: silenceMs };
    const begun = this.#send({
      type: "audio.start",
      turn,
      sample_rate: capture.sampleRate,
      ...silence,
      review,
    });
    this.#listen(turn, capture);
    if ((await begun) === "refused") await this.#giveUp(attempt);
  }

  /** Goes on with the answer that waits. On a press. */
  async goOn(deviceId: string | null): Promise<void> {
    const spoken = this.#client.state.spoken;
    if (spoken === null) return;
    const opened = await this.#open(deviceId, spoken.start.sample_rate);
    if (opened === null) return;
    if (this.#isWanted) this.#listen(spoken.start.turn, opened.capture);
    else await this.#release();
  }

  /** Ends the answer, with all that was heard until now. */
  async stop(next: Off = OFF): Promise<void> {
    this.#become({ status: "closing" });
    await this.#close();
    const { spoken } = this.#client.state;
    const open = spoken !== null && spoken.bytes === null;
    const ended = open
      ? this.#send({ type: "audio.stop", turn: spoken.start.turn, bytes: spoken.recorded })
      : null;
    this.#become(next);
    await ended;
  }

  /** Drops the answer to `turn`, or only the attempt to open the microphone. Tells how that ended. */
  async cancel(turn: number): Promise<Outcome["result"]> {
    const begun = this.#state.status !== "opening";
    const closed = this.#release();
    const result = begun ? await this.#send({ type: "audio.cancel", turn }) : "acked";
    await closed;
    return result;
  }

  /** Tries to hear again after the microphone was held. On a press, or when the page is seen again. */
  resume(): void {
    this.#capture?.resume();
  }

  /** The trouble was seen. */
  dismiss(): void {
    if (this.#state.status === "off") this.#become(OFF);
  }

  /** Whether the answer still takes audio from here. */
  get #isWanted(): boolean {
    const { spoken, link } = this.#client.state;
    return spoken !== null && spoken.bytes === null && link.status !== "stopped";
  }

  /** Whether the answer is as long as one may be, and the server, which ends it then, is away. */
  get #isFull(): boolean {
    const { spoken, limits, link } = this.#client.state;
    const away = link.status !== "open" || link.over !== "websocket";
    if (!away || spoken === null || limits === null) return false;
    // A limit that falls between two samples is met by the one before it.
    return Math.ceil(spokenMs(spoken)) >= limits.max_answer_ms;
  }

  async #open(
    deviceId: string | null,
    sampleRate: number | null,
  ): Promise<{ capture: Capture; attempt: number } | null> {
    if (this.#state.status !== "off") return null;
    const attempt = (this.#attempt += 1);
    this.#become({ status: "opening" });
    try {
      const capture = await this.#microphone.open({ deviceId, sampleRate });
      if (attempt === this.#attempt) {
        this.#capture = capture;
        return { capture, attempt };
      }
      await capture.close();
    } catch (thrown) {
      if (!(thrown instanceof MicrophoneError)) throw thrown;
      if (attempt === this.#attempt) this.#become({ ...OFF, trouble: thrown.trouble });
    }
    return null;
  }

  #listen(turn: number, capture: Capture): void {
    const { deviceId } = capture;
    this.#become({ status: "on", deviceId, held: false });
    capture.listen({
      frame: (frame) => {
        this.#client.speak(turn, frame.pcm);
        if (this.#capture !== capture) return;
        this.meter.show(levelOf(frame));
        if (this.#isFull) void this.stop({ ...OFF, full: true });
      },
      held: (held) => {
        if (this.#capture !== capture) return;
        if (held) this.meter.show(SILENCE);
        this.#become({ status: "on", deviceId, held });
      },
      lost: () => {
        if (this.#capture === capture) void this.#release({ ...OFF, lost: true });
      },
    });
  }

  async #giveUp(attempt: number): Promise<void> {
    if (attempt === this.#attempt) await this.#release();
  }

  async #release(next: Off = OFF): Promise<void> {
    this.#become(next);
    await this.#close();
  }

  /** Closes the microphone, if it is open or being opened. */
  async #close(): Promise<void> {
    const capture = this.#capture;
    this.#capture = null;
    this.#attempt += 1;
    this.meter.show(SILENCE);
    await capture?.close();
  }

  #become(state: Recording): void {
    this.#state = state;
    for (const changed of this.#changed) changed();
  }
}
