/**
 * A server with an ear, as far as `protocol.md` 6 binds it, for one spoken answer. It keeps what is contiguous, says
 * where a gap is, counts what arrives, and loses the audio (but not the commands) when it crashes.
 */
import type {
  AudioStart,
  AudioStop,
  LogEvent,
  ServerMessage,
  SessionOpen,
} from "../../src/client/contract/types.ts";
import type { Bytes } from "../../src/client/core.ts";
import { fold } from "../../src/client/fold.ts";
import { HEADER_BYTES } from "../../src/client/voice.ts";
import { type Happening, opened, placed, snapshot, turn } from "./samples.ts";

export class Ear {
  /** All of the answer, once it has arrived. */
  answer: number[] | null = null;
  /** What the client is sent next. */
  down: ServerMessage[] = [];
  #view = snapshot({ phase: "answering", turns: [turn()] });
  #heard: number[] = [];
  #id = "";
  #length: number | null = null;
  #events: LogEvent[] = [];
  #gapTold = false;
  readonly #acked = new Set<string>();

  /** The audio and the log are lost; what was committed is not. */
  crash(): void {
    this.#view = { ...this.#view, epoch: this.#view.epoch + 1, seq: 0 };
    this.#heard = [];
    this.#events = [];
    this.cut();
  }

  /** The connection ends. */
  cut(): void {
    this.down = [];
    this.#gapTold = false;
  }

  open({ id, resume }: SessionOpen): void {
    const { epoch, seq } = this.#view;
    const resumed = resume?.epoch === epoch;
    const progress = {
      id: this.#id,
      turn: 1,
      received: this.#heard.length,
      bytes: this.#length,
      partial: "",
    };
    this.down.push(
      opened({
        ...{ re: id, epoch, seq, resumed },
        ...(resumed ? {} : { snapshot: this.#view }),
        ...(this.#hears ? { audio: progress } : {}),
      }),
      ...(resumed ? this.#events.slice(resume.seq) : []),
    );
  }

  take(command: AudioStart | AudioStop | { type: "ping" }): void {
    if (command.type === "ping") {
      this.down.push({ type: "pong" });
      return;
    }
    const repeated = this.#acked.has(command.id);
    this.#acked.add(command.id);
    if (!repeated) this.#obey(command);
    const { epoch, seq } = this.#view;
    this.down.push({ type: "ack", re: command.id, epoch, seq, repeated });
    this.#tellGap(this.#length !== null && this.#heard.length < this.#length);
    this.#accept();
  }

  listen(frame: Bytes): void {
    const offset = Number(new DataView(frame.buffer).getBigUint64(0));
    const chunk = [...frame.subarray(HEADER_BYTES)];
    if (chunk.length === 0 || chunk.length % 2 !== 0) throw new Error("half a sample, or none");
    if (this.#hears) this.#take(offset, chunk);
    else {
      // Nothing but what it has already may come now.
      if (offset + chunk.length > (this.answer?.length ?? -1)) throw new Error("audio where nobody listens");
      this.#complain("audio_not_open", {});
    }
  }

  get #hears(): boolean {
    return this.#view.phase === "listening" || this.#view.phase === "transcribing";
  }

  #take(offset: number, chunk: number[]): void {
    if (offset > this.#heard.length) {
      this.#tellGap(true);
      return;
    }
    this.#gapTold = false;
    this.#heard.push(...chunk.slice(this.#heard.length - offset));
    if (this.#heard.length > (this.#length ?? Infinity)) throw new Error("audio behind the end");
    this.down.push({ type: "audio.received", turn: 1, received: this.#heard.length });
    this.#accept();
  }

  #obey(command: AudioStart | AudioStop): void {
    if (command.type === "audio.start") {
      const { id, sample_rate } = command;
      this.#id = id;
      this.#say({ type: "audio.started", turn: 1, sample_rate, silence_ms: null, review: false });
    } else {
      this.#length = command.bytes;
      this.#heard.length = Math.min(this.#heard.length, command.bytes);
      this.#say({ type: "audio.stopped", turn: 1, bytes: command.bytes, reason: "requested" });
    }
  }

  #tellGap(gap: boolean): void {
    if (!gap || this.#gapTold) return;
    this.#gapTold = true;
    this.#complain("audio_gap", { received: this.#heard.length });
  }

  /** The answer is accepted when all of it is there. */
  #accept(): void {
    if (this.#length !== this.#heard.length) return;
    this.answer = [...this.#heard];
    this.#say({ type: "answer.accepted", turn: 1, text: "I did.", source: "voice", delivery: null });
    this.#length = null;
  }

  #complain(code: string, details: Record<string, unknown>): void {
    this.down.push({ type: "error", re: null, code, message: "Not so.", retryable: false, details });
  }

  #say(happening: Happening): void {
    const event = placed(happening, this.#view.seq + 1, { epoch: this.#view.epoch });
    this.#view = fold(this.#view, event);
    this.#events.push(event);
    this.down.push(event);
  }
}
