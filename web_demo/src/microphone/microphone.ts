/**
 * The microphone, as the page needs it: opened on somebody's press, heard in frames, and closed. What a browser has to
 * say of why it can't is told in a few kinds of trouble.
 */
import type { Frame } from "./framing.ts";

/**
 * `insecure`: browsers give no microphone to a page that came without TLS. `denied`: the user, the browser or the system
 * doesn't allow it. `missing`: there is none. `busy`: another program has it. `unsupported`: this browser can't.
 */
export type Trouble = "insecure" | "unsupported" | "denied" | "missing" | "busy" | "failed";

export class MicrophoneError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, cause?: unknown) {
    super(`The microphone can't be used: ${trouble}`, { cause });
    this.name = "MicrophoneError";
    this.trouble = trouble;
  }
}

export interface Device {
  id: string;
  /** Empty until a microphone was allowed. */
  label: string;
}

export interface Wanted {
  /** The device to prefer; null: the browser's choice. */
  deviceId: string | null;
  /** The rate that the frames must have, in Hz; null: what suits best. */
  sampleRate: number | null;
}

/** What is heard of an open microphone. */
export interface Listener {
  frame: (frame: Frame) => void;
  /** Whether nothing comes, though it is open: it is muted, or the system has taken it for something else. */
  held: (held: boolean) => void;
  /** It is gone: unplugged, or no longer allowed. */
  lost: () => void;
}

/** An open microphone. */
export interface Capture {
  /** Of the frames, in Hz. */
  readonly sampleRate: number;
  readonly deviceId: string | null;
  /** Tells what was heard since it is open, and what will be; a second listener takes the first one's place. */
  listen: (listener: Listener) => void;
  /** Tries to hear again after it was held; browsers may want a press for that. */
  resume: () => void;
  /** Closes it. What was heard until then is told before this resolves. Never rejects. */
  close: () => Promise<void>;
}

export interface Microphone {
  /** Asks for permission where that wasn't given yet, so it is called on a press alone. Throws `MicrophoneError`. */
  open: (wanted: Wanted) => Promise<Capture>;
  devices: () => Promise<Device[]>;
  /** Calls `changed` when devices come or go; returns what ends it. */
  watch: (changed: () => void) => () => void;
}
