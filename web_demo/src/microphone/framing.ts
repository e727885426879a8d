/**
 * Captured audio made into what `protocol.md` 6 takes: mono, signed 16 bit, little endian, in frames. It runs where audio is
 * captured, in an AudioWorklet, and knows nothing of it.
 */

/** A piece of audio, and how loud it is: both from 0 to 1, where 1 is as loud as can be told. */
export interface Frame {
  pcm: Uint8Array<ArrayBuffer>;
  peak: number;
  rms: number;
}

const LOUDEST = 0x7fff;
const BYTES_A_SAMPLE = 2;
/** A browser gives audio in pieces of so many samples; whole ones make a frame that waits for nothing. */
const QUANTUM = 128;

/** Samples in a frame of about `ms` at `rate`. */
export function frameSamples(rate: number, ms: number): number {
  return QUANTUM * Math.max(1, Math.round((rate * ms) / 1_000 / QUANTUM));
}

export class Framer {
  readonly #resampler: Resampler | null;
  readonly #frame: Float32Array;
  #filled = 0;

  /** From `from` Hz to `to` Hz, in frames of `samples`. */
  constructor(from: number, to: number, samples: number) {
    this.#resampler = from === to ? null : new Resampler(from / to);
    this.#frame = new Float32Array(samples);
  }

  /** Takes what came at once on each channel, and gives the frames that are full. */
  push(channels: readonly Float32Array[]): Frame[] {
    const mono = mixed(channels);
    const samples = this.#resampler?.push(mono) ?? mono;
    const frames: Frame[] = [];
    for (const sample of samples) {
      this.#frame[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled === this.#frame.length) frames.push(this.#take());
    }
    return frames;
  }

  /** What doesn't fill a frame, at the end; null where nothing is left. */
  rest(): Frame | null {
    return this.#filled === 0 ? null : this.#take();
  }

  #take(): Frame {
    const frame = framed(this.#frame.subarray(0, this.#filled));
    this.#filled = 0;
    return frame;
  }
}

/** The mean of the channels. */
function mixed(channels: readonly Float32Array[]): Float32Array {
  const [first, ...others] = channels;
  if (first === undefined) return new Float32Array();
  if (others.length === 0) return first;
  return first.map((sample, index) => {
    const sum = others.reduce((total, channel) => total + (channel[index] ?? 0), sample);
    return sum / channels.length;
  });
}

function framed(samples: Float32Array): Frame {
  const pcm = new Uint8Array(samples.length * BYTES_A_SAMPLE);
  const view = new DataView(pcm.buffer);
  let [peak, squares] = [0, 0];
  samples.forEach((sample, index) => {
    const bounded = Math.max(-1, Math.min(1, sample));
    view.setInt16(index * BYTES_A_SAMPLE, Math.round(bounded * LOUDEST), true);
    peak = Math.max(peak, Math.abs(bounded));
    squares += bounded * bounded;
  });
  return { pcm, peak, rms: Math.sqrt(squares / samples.length) };
}

/**
 * Another rate, for the few devices that have one which can't be sent (over 48 kHz), or not the one that the answer began
 * with. Each sample is the mean over its time, and over no less than one sample that came in, which is interpolation
 * between two of them. The server resamples better, so all else is left to it.
 */
class Resampler {
  readonly #step: number;
  readonly #span: number;
  #waiting = new Float32Array();
  #at = 0;

  /** `step`: so many samples come in for one that goes out. */
  constructor(step: number) {
    this.#step = step;
    this.#span = Math.max(1, step);
  }

  push(samples: Float32Array): Float32Array {
    const all = new Float32Array(this.#waiting.length + samples.length);
    all.set(this.#waiting);
    all.set(samples, this.#waiting.length);
    const made: number[] = [];
    for (; this.#at + this.#span <= all.length; this.#at += this.#step) {
      made.push(mean(all, this.#at, this.#at + this.#span));
    }
    const done = Math.min(all.length, Math.floor(this.#at));
    this.#waiting = all.slice(done);
    this.#at -= done;
    return Float32Array.from(made);
  }
}

/** The mean in [from, to), whose ends lie anywhere between samples. */
function mean(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let index = Math.floor(from); index < to; index += 1) {
    const share = Math.min(index + 1, to) - Math.max(index, from);
    sum += share * (samples[index] ?? 0);
  }
  return sum / (to - from);
}
