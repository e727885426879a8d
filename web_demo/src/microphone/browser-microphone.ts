/**
 * A browser's microphone: `getUserMedia` into an AudioWorklet. The browser resamples to 16 kHz, which is what is heard in
 * the end, where it can; where it can't (Firefox) frames have the device's own rate.
 */
import { type Frame, frameSamples } from "./framing.ts";
import {
  type Capture,
  type Device,
  type Listener,
  type Microphone,
  MicrophoneError,
  type Trouble,
  type Wanted,
} from "./microphone.ts";
import type { CaptureOptions } from "./worklet.ts";

const HEARD_HZ = 16_000;
/** No more may be sent (`protocol.md` 4). */
const MOST_HZ = 48_000;
const FRAME_MS = 80;
/** The audio thread tells its last frame within it, unless it stands still. */
const LAST_FRAME_WITHIN_MS = 500;

/** What it needs of the browser. */
export interface AudioSystem {
  /** Undefined where there is no microphone to be had. */
  media: MediaDevices | undefined;
  /** Whether the page came in a way that browsers trust (`isSecureContext`). */
  secure: boolean;
  /** A context of that rate in Hz, or of the device's. */
  context: (sampleRate: number | null) => AudioContext;
  /** Where the module lies that defines `viva-capture`. */
  worklet: string;
  node: (context: AudioContext, name: string, options: AudioWorkletNodeOptions) => AudioWorkletNode;
}

export class BrowserMicrophone implements Microphone {
  readonly #system: AudioSystem;

  constructor(system: AudioSystem) {
    this.#system = system;
  }

  async open(wanted: Wanted): Promise<Capture> {
    const { media, secure } = this.#system;
    if (media === undefined) throw new MicrophoneError(secure ? "unsupported" : "insecure");
    // Made at once, within the press: Safari starts none later.
    const context = this.#context(wanted.sampleRate ?? HEARD_HZ);
    try {
      const stream = await media.getUserMedia({ audio: constraints(wanted.deviceId) });
      return await this.#connect(stream, context, wanted);
    } catch (cause) {
      close(context);
      throw new MicrophoneError(troubleIn(cause), cause);
    }
  }

  async devices(): Promise<Device[]> {
    const all = (await this.#system.media?.enumerateDevices().catch(() => [])) ?? [];
    const inputs = all.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "");
    return inputs.map(({ deviceId, label }) => ({ id: deviceId, label }));
  }

  watch(changed: () => void): () => void {
    const { media } = this.#system;
    media?.addEventListener("devicechange", changed);
    return () => media?.removeEventListener("devicechange", changed);
  }

  async #connect(stream: MediaStream, first: AudioContext, { sampleRate }: Wanted): Promise<Capture> {
    let context = first;
    try {
      let source = sourceOf(stream, first);
      if (source === null) {
        close(first);
        context = this.#context(null);
        source = context.createMediaStreamSource(stream);
      }
      const rate = sampleRate ?? Math.min(context.sampleRate, MOST_HZ);
      const node = await this.#node(context, rate);
      source.connect(node);
      // It gives no sound; but what leads nowhere isn't run.
      node.connect(context.destination);
      return new BrowserCapture(stream, context, node, rate);
    } catch (cause) {
      for (const track of stream.getTracks()) track.stop();
      close(context);
      throw cause;
    }
  }

  #context(rate: number | null): AudioContext {
    let context: AudioContext;
    try {
      context = this.#system.context(rate);
    } catch (cause) {
      throw new MicrophoneError("unsupported", cause);
    }
    // Not waited for: without a press behind it, it may stay pending.
    void context.resume().catch(() => undefined);
    return context;
  }

  async #node(context: AudioContext, rate: number): Promise<AudioWorkletNode> {
    await context.audioWorklet.addModule(this.#system.worklet);
    const processorOptions: CaptureOptions = { rate, samples: frameSamples(rate, FRAME_MS) };
    return this.#system.node(context, "viva-capture", { numberOfInputs: 1, processorOptions });
  }
}

function close(context: AudioContext): void {
  void context.close().catch(() => undefined);
}

function constraints(deviceId: string | null): MediaTrackConstraints {
  const clear = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const device = deviceId === null ? {} : { deviceId: { ideal: deviceId } };
  return { channelCount: { ideal: 1 }, ...clear, ...device };
}

/** Null where the context would have to resample, and can't. */
function sourceOf(stream: MediaStream, context: AudioContext): MediaStreamAudioSourceNode | null {
  try {
    return context.createMediaStreamSource(stream);
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotSupportedError") return null;
    throw cause;
  }
}

/** By the names of Media Capture and Streams 10.2. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

function troubleIn(cause: unknown): Trouble {
  if (cause instanceof MicrophoneError) return cause.trouble;
  return (cause instanceof Error ? TROUBLES[cause.name] : undefined) ?? "failed";
}

class BrowserCapture implements Capture {
  readonly sampleRate: number;
  readonly deviceId: string | null;
  readonly #stream: MediaStream;
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  #closed: Promise<void> | null = null;

  constructor(stream: MediaStream, context: AudioContext, node: AudioWorkletNode, sampleRate: number) {
    this.sampleRate = sampleRate;
    this.deviceId = stream.getAudioTracks()[0]?.getSettings().deviceId ?? null;
    this.#stream = stream;
    this.#context = context;
    this.#node = node;
  }

  listen({ frame, held, lost }: Listener): void {
    const context = this.#context;
    const [track] = this.#stream.getAudioTracks();
    const look = () => {
      if (this.#closed === null) held(context.state !== "running" || track?.muted === true);
    };
    context.onstatechange = look;
    if (track !== undefined) {
      track.onmute = look;
      track.onunmute = look;
      track.onended = () => {
        if (this.#closed === null) lost();
      };
    }
    this.#node.onprocessorerror = lost;
    // The port keeps what was posted until somebody listens.
    this.#node.port.onmessage = ({ data }: MessageEvent<Frame | null>) => {
      if (data !== null) frame(data);
    };
    look();
    if (track?.readyState === "ended") lost();
  }

  resume(): void {
    void this.#context.resume().catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#lastFrame();
    for (const track of this.#stream.getTracks()) track.stop();
    this.#node.disconnect();
    this.#node.port.close();
    await this.#context.close().catch(() => undefined);
  }

  /** Waits until all is told that was captured. */
  #lastFrame(): Promise<void> {
    const { port } = this.#node;
    return new Promise((resolve) => {
      const giveUp = setTimeout(resolve, LAST_FRAME_WITHIN_MS);
      port.addEventListener("message", ({ data }: MessageEvent<Frame | null>) => {
        if (data !== null) return;
        clearTimeout(giveUp);
        resolve();
      });
      port.start();
      port.postMessage("end");
    });
  }
}
