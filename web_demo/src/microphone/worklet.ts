/**
 * The one piece that runs on the browser's audio thread: it makes frames of what is captured, and posts them. Any message
 * to it is the end: what is left is posted, and then null.
 */
import { type Frame, Framer } from "./framing.ts";

/** The global scope of an AudioWorklet, as far as it is used (Web Audio 1.32.3). */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: CaptureOptions }) => AudioWorkletProcessor,
): void;

export interface CaptureOptions {
  /** Of the frames, in Hz. */
  rate: number;
  /** In a frame. */
  samples: number;
}

class Capturing extends AudioWorkletProcessor {
  readonly #framer: Framer;
  #ended = false;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    this.#framer = new Framer(sampleRate, processorOptions.rate, processorOptions.samples);
    this.port.onmessage = () => {
      const rest = this.#framer.rest();
      if (rest !== null) this.#post(rest);
      this.port.postMessage(null);
      this.#ended = true;
    };
  }

  /** Returns whether to be called again. */
  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    if (this.#ended) return false;
    for (const frame of this.#framer.push(inputs[0] ?? [])) this.#post(frame);
    return true;
  }

  #post(frame: Frame): void {
    this.port.postMessage(frame, [frame.pcm.buffer]);
  }
}

registerProcessor("viva-capture", Capturing);
