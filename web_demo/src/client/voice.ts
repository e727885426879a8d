/**
 * An answer that is being spoken: its audio, kept until the answer is accepted (`protocol.md` 6).
 *
 * Audio is sent once the server says that the answer is open, from where the server has it. No more than a window of it
 * travels ahead of what the server has received, so that a connection that is slow or has just come back is not flooded.
 * Pure: no socket, no clock.
 */
import type { AudioStart, AudioStop } from "./contract/types.ts";
import type { Bytes, Spoken } from "./data.ts";

/** Sample rates up to 48 kHz come to less than 100 KB a second, and `audio.received` comes at least once in that time. */
export const WINDOW_BYTES = 262_144;
const LEAST_MS = 20;
const MOST_MS = 100;
export const HEADER_BYTES = 8;
const BYTES_A_SAMPLE = 2;
const FIRST_ROOM_BYTES = 65_536;
/** A client that is gone may have sent a little more than it kept; so much of it at most is made up for by silence. */
const LONGEST_HOLE_MS = 60_000;

/** The audio of one `audio.start`. */
export class SpokenAnswer {
  readonly start: AudioStart;
  /** The log has it begun. */
  started = false;
  /** Over this connection the server takes its frames. */
  live = false;
  #stop: AudioStop | null = null;
  /** Bytes of the whole answer, as the server says; null while it has not said that it ended. */
  #endedAt: number | null = null;
  /** The first `#recorded` bytes of it are audio. */
  #room: Bytes = new Uint8Array(FIRST_ROOM_BYTES);
  #recorded = 0;
  #sent = 0;
  #received = 0;

  constructor(start: AudioStart) {
    this.start = start;
  }

  get turn(): number {
    return this.start.turn;
  }

  /** Bytes of audio so far, here or at the server. */
  get recorded(): number {
    return Math.max(this.#recorded, this.#received);
  }

  /** What can be seen of it. */
  get spoken(): Spoken {
    const { start, started, recorded } = this;
    return { start, started, stop: this.#stop, recorded, bytes: this.#length };
  }

  /** Its commands that may not have taken effect. */
  get unanswered(): readonly (AudioStart | AudioStop)[] {
    const start = this.started ? [] : [this.start];
    return this.#stop === null || this.#endedAt !== null ? start : [...start, this.#stop];
  }

  /** Its audio in [from, to), as far as it is here: a copy. */
  audio(from: number, to: number): Bytes {
    return this.#room.slice(from, Math.min(to, this.#recorded));
  }

  /** What a client that is gone had recorded of it. */
  recall(pcm: Uint8Array): void {
    check(pcm);
    this.#append(pcm);
  }

  /** Adds audio. What is past the longest answer, or its end, is not kept: nobody takes it. */
  record(pcm: Uint8Array, maxAnswerMs: number): void {
    check(pcm);
    if (this.#length !== null) return;
    this.#fill(this.#received);
    const room = Math.max(0, this.#bytesOf(maxAnswerMs) - this.#recorded);
    this.#append(pcm.subarray(0, room));
  }

  /** The application ends it. */
  stopped(stop: AudioStop): void {
    this.#stop = stop;
    this.#fill(stop.bytes);
  }

  /** It was not ended: that `audio.stop` was refused. */
  goOn(refused: AudioStop): void {
    if (this.#stop?.id === refused.id) this.#stop = null;
  }

  /** The answer has `length` bytes, and what there is beyond is not wanted. */
  end(length: number): void {
    this.#endedAt = length;
    this.#fill(length);
  }

  /** The server has the first `received` bytes of `bytes`, and takes frames over this connection. */
  opened(received: number, bytes: number | null = null): void {
    this.started = true;
    this.live = true;
    this.#sent = this.#received = received;
    if (bytes !== null) this.end(bytes);
  }

  /** The server has a gap behind the first `received` bytes (`audio_gap`). */
  missing(received: number): void {
    this.#received = received;
    this.#sent = Math.min(this.#sent, received);
  }

  /** The server has the first `received` bytes. */
  acknowledged(received: number): void {
    this.#received = Math.max(this.#received, received);
    this.#sent = Math.max(this.#sent, received);
  }

  /** What to send now: frames of an 8-byte offset, big endian, and the chunk from there. */
  frames(maxFrameBytes: number): Bytes[] {
    const most = Math.min(this.#bytesOf(MOST_MS), maxFrameBytes - HEADER_BYTES);
    const whole = most - (most % BYTES_A_SAMPLE);
    const frames: Bytes[] = [];
    while (this.live && this.#sent < this.#received + WINDOW_BYTES) {
      const chunk = this.#next(whole);
      if (chunk.length === 0) break;
      frames.push(framed(this.#sent, chunk));
      this.#sent += chunk.length;
    }
    return frames;
  }

  /** Bytes of the whole answer; null while it goes on. What the server says counts; before that, what was asked for. */
  get #length(): number | null {
    return this.#endedAt ?? this.#stop?.bytes ?? null;
  }

  /** The chunk that comes next; empty if too little is there to be worth a frame. */
  #next(most: number): Bytes {
    const end = Math.min(this.#length ?? Infinity, this.#recorded, this.#sent + most);
    const chunk = this.#room.subarray(this.#sent, Math.max(this.#sent, end));
    const goesOn = this.#length === null && chunk.length < Math.min(most, this.#bytesOf(LEAST_MS));
    return goesOn ? chunk.subarray(0, 0) : chunk;
  }

  #append(pcm: Uint8Array): void {
    this.#makeRoom(this.#recorded + pcm.length);
    this.#room.set(pcm, this.#recorded);
    this.#recorded += pcm.length;
  }

  /** Silence in the place of what the server has, or had, and this client doesn't, so that every byte keeps its place. */
  #fill(until: number): void {
    const hole = until - this.#recorded;
    if (hole > 0 && hole <= this.#bytesOf(LONGEST_HOLE_MS)) this.#append(new Uint8Array(hole));
  }

  /** Room grows by doubling, so that what is there is copied a bounded number of times. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#room.length) return;
    const larger = new Uint8Array(Math.max(bytes, 2 * this.#room.length));
    larger.set(this.#room.subarray(0, this.#recorded));
    this.#room = larger;
  }

  #bytesOf(ms: number): number {
    return Math.floor((this.start.sample_rate * ms) / 1_000) * BYTES_A_SAMPLE;
  }
}

/** How long it is, in milliseconds of its audio: what was recorded counts, not what the clock says. */
export function spokenMs({ recorded, start }: Spoken): number {
  return recorded / BYTES_A_SAMPLE / (start.sample_rate / 1_000);
}

function check(pcm: Uint8Array): void {
  if (pcm.length % BYTES_A_SAMPLE !== 0)
    throw new RangeError("A sample has two bytes; this is an odd number");
}

function framed(offset: number, chunk: Bytes): Bytes {
  const frame = new Uint8Array(HEADER_BYTES + chunk.length);
  new DataView(frame.buffer).setBigUint64(0, BigInt(offset));
  frame.set(chunk, HEADER_BYTES);
  return frame;
}
