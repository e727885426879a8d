/**
 * What goes out of the client's core, and what can be seen of it: plain data. Times are milliseconds of one clock that
 * doesn't go back.
 */
import type { Outcome } from "./in-flight.ts";
import type {
  AudioStart,
  AudioStop,
  Capabilities,
  Command,
  ErrorMessage,
  Limits,
  LogEvent,
  Position,
  SessionOpen,
  SessionOpened,
} from "./contract/types.ts";
import type { View } from "./fold.ts";
import type { TimeLeft } from "./time-left.ts";

export type Transport = "websocket" | "events";

/**
 * What an application is told: an event; a session that began with a snapshot, so that what led to it is not told event
 * by event; an error that answers no command.
 */
export type Update = LogEvent | SessionOpened | ErrorMessage;

export type Bytes = Uint8Array<ArrayBuffer>;

/** POST this: beside the event stream, or after the interview's end. A connection's end doesn't end it. */
export interface Post {
  id: string;
  body: string;
  token: string | null;
}

export type Output =
  /**
   * Open a connection; any before it is to be forgotten. Over a WebSocket `opening` is the first message. An event
   * stream has its parts elsewhere: the token or the ticket in the request, `resume` as `Last-Event-ID` (`protocol.md` 2).
   */
  | { do: "connect"; over: Transport; opening: SessionOpen }
  /** Send a text frame over the WebSocket. */
  | { do: "send"; frame: string }
  /** Send a binary frame over the WebSocket. */
  | { do: "send_audio"; frame: Bytes }
  | { do: "post"; post: Post }
  /** Close the connection and hear no more of it. */
  | { do: "disconnect" }
  /** A command has had its one outcome. */
  | { do: "settle"; id: string; outcome: Outcome }
  /** Something has happened; the view has taken it in already. */
  | { do: "tell"; message: Update }
  /** A new token is needed before anything else: `Core.renewed` or `Core.unrenewed` tells what came of it. */
  | { do: "want_token" };

/** `error`: what the server refused the opening with, before it closes. */
export interface Connecting {
  status: "connecting";
  over: Transport;
  since: number;
  error: ErrorMessage | null;
}

/**
 * `openedAtSeq`: the newest event when this connection began; what comes through it happened before. `probedAt`: when a
 * `ping` was sent that nothing has followed. `moveAt`: when to open another connection in its stead.
 * `draining`: the server has said that it goes.
 */
export interface Open {
  status: "open";
  over: Transport;
  since: number;
  openedAtSeq: number;
  heardAt: number;
  probedAt: number | null;
  moveAt: number | null;
  draining: boolean;
}

/**
 * The interview is over, and no connection is needed any more. What is unanswered is POSTed, but not while a token is
 * awaited (`renewing`); `until`: when what is left is given up.
 */
export interface Ending {
  status: "ending";
  until: number;
  renewing: boolean;
}

/**
 * The end. `code` is the close code; null where the client left by itself. `done`: the interview is over, and every
 * command has its outcome, or its time is up. `renew_token`: a new token is needed and none can be had, or the newest is
 * refused too. `stop`: trying again would not help.
 */
export interface Stopped {
  status: "stopped";
  action: "done" | "renew_token" | "stop" | "left";
  code: number | null;
  error: ErrorMessage | null;
}

/** The connection, as it stands. `renewing`: waiting for a token; `waiting`: until the next attempt. */
export type Link =
  | { status: "idle" }
  | { status: "renewing" }
  | Connecting
  | Open
  | { status: "waiting"; until: number }
  | Ending
  | Stopped;

/** What the connection has to know of the interview; `position` is null before the first snapshot. */
export interface Standing {
  position: Position | null;
  speaking: boolean;
  /** The log has come to its end. */
  finished: boolean;
  /** Commands are in flight. */
  unanswered: boolean;
}

/** An answer that is being spoken here. Its audio is kept until the answer is accepted (`protocol.md` 6). */
export interface Spoken {
  readonly start: AudioStart;
  /** The log has it begun. */
  readonly started: boolean;
  /** What ends it, where the application has asked for that. */
  readonly stop: AudioStop | null;
  /** Bytes of its audio so far. */
  readonly recorded: number;
  /** Of the whole answer; null while it goes on. */
  readonly bytes: number | null;
}

/** What is known of an answer that was being spoken to a client that is gone, such as a page before its reload. */
export interface KeptAnswer {
  start: AudioStart;
  started: boolean;
  stop: AudioStop | null;
  audio: Uint8Array;
}

/** What can be seen of a core. `view`, `limits` and `capabilities` are null before the first opening. */
export interface CoreState {
  readonly link: Link;
  readonly view: View | null;
  /** What was heard so far of the answer that is being spoken. */
  readonly partial: string;
  /** So many code points of it won't change any more. */
  readonly stable: number;
  readonly timeLeft: TimeLeft | null;
  readonly limits: Limits | null;
  readonly capabilities: Capabilities | null;
  /** The commands that have had no outcome yet, oldest first. */
  readonly inFlight: readonly Command[];
  /** Bytes of audio of the answer that is being spoken. */
  readonly recorded: number;
  /** The answer that is being spoken to this client, or null. */
  readonly spoken: Spoken | null;
  /** Whether the last one was dropped by somebody else, and nothing has taken its place yet. */
  readonly dropped: boolean;
}
