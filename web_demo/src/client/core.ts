/**
 * The client of viva.v1 without its network: frames, close codes, commands and the time go in; frames to send and
 * connections to open come out. It holds no socket and no timer, and asks nobody for the time or for chance.
 *
 * Rules: an output is data, and a shell performs it. After every input the shell calls `tick` again at `wakeAt`. Times
 * are milliseconds of one clock. The position (`protocol.md` 1) is the view's own: it is what to resume from, and a
 * client without a view opens without one.
 */
import { backoff, closeAction } from "./closing.ts";
import { CommandsInFlight, type Outcome } from "./commands.ts";
import type {
  Capabilities,
  Command,
  ErrorMessage,
  Limits,
  LogEvent,
  ServerMessage,
  SessionOpen,
  SessionOpened,
} from "./contract/types.ts";
import { fold, type View } from "./fold.ts";

export type Output =
  /** Open a connection, and send this first. Any connection before it is to be forgotten. */
  | { do: "connect"; opening: SessionOpen }
  | { do: "send"; frame: string }
  /** Close the connection and hear no more of it. */
  | { do: "disconnect" }
  | { do: "settle"; id: string; outcome: Outcome }
  /** For whoever listens to single messages; it has been taken in already. */
  | { do: "tell"; message: ServerMessage };

/** Why a client stopped. `code` is the close code; null where it left by itself. */
export interface Stopped {
  status: "stopped";
  action: "done" | "renew_token" | "stop" | "left";
  code: number | null;
  error: ErrorMessage | null;
}

/** `moveAt`: when to open a new connection because the server's node goes away. */
interface Open {
  status: "open";
  since: number;
  heardAt: number;
  probedAt: number | null;
  moveAt: number | null;
}

/** `error`: what the server refused the opening with, before it closes. */
export type Link =
  | { status: "idle" }
  | { status: "connecting"; since: number; error: ErrorMessage | null }
  | Open
  | { status: "waiting"; until: number }
  | Stopped;

/** What is left of the time limit: `remaining_ms` at the moment `at` of the client's clock. */
export interface TimeLeft {
  remaining_ms: number;
  at: number;
}

export interface CoreState {
  readonly link: Link;
  readonly view: View | null;
  readonly timeLeft: TimeLeft | null;
  readonly limits: Limits | null;
  readonly capabilities: Capabilities | null;
  readonly inFlight: readonly Command[];
}

/** Longer than this and an attempt to connect, or a probe, has failed (`protocol.md` 3 gives the server as long). */
const PATIENCE_MS = 10_000;
/** A connection that lasted so long was a good one: the backoff begins anew after it. */
const STEADY_MS = 10_000;
const CUT = 1006;

export interface CoreOptions {
  /** A number in [0, 1). */
  random: () => number;
  /** The bearer token, where the server wants one. */
  token?: string | undefined;
}

export class Core {
  readonly #random: () => number;
  readonly #commands = new CommandsInFlight();
  #token: string | undefined;
  #link: Link = { status: "idle" };
  #view: View | null = null;
  #opened: SessionOpened | null = null;
  #timeLeft: TimeLeft | null = null;
  /** The smallest difference seen between our clock and an event's: the server's clock as seen from here. */
  #skew = Infinity;
  #failures = 0;
  #openings = 0;

  constructor({ random, token }: CoreOptions) {
    this.#random = random;
    this.#token = token;
  }

  get state(): CoreState {
    return {
      link: this.#link,
      view: this.#view,
      timeLeft: this.#timeLeft,
      limits: this.#opened?.limits ?? null,
      capabilities: this.#opened?.capabilities ?? null,
      inFlight: this.#commands.all,
    };
  }

  /** When `tick` has something to do, or null. */
  get wakeAt(): number | null {
    const link = this.#link;
    if (link.status === "connecting") return link.since + PATIENCE_MS;
    if (link.status === "waiting") return link.until;
    if (link.status !== "open") return null;
    const quiet = link.probedAt === null ? link.heardAt + this.#heartbeat : link.probedAt + PATIENCE_MS;
    return Math.min(quiet, link.moveAt ?? Infinity, this.#commands.wakeAt ?? Infinity);
  }

  /** Begins, or begins again after a stop (`token`: the new one after 4401). */
  start(now: number, token = this.#token): Output[] {
    if (this.#link.status !== "idle" && this.#link.status !== "stopped") return [];
    this.#token = token;
    this.#failures = 0;
    return this.#connect(now);
  }

  /** Stops for good: nothing more is sent, and commands in flight are abandoned. */
  leave(): Output[] {
    const connected = this.#link.status === "connecting" || this.#link.status === "open";
    const stopped = this.#stop({ status: "stopped", action: "left", code: null, error: null });
    return connected ? [{ do: "disconnect" }, ...stopped] : stopped;
  }

  /** Takes a command, to be sent now or on the next connection. */
  send(command: Command): Output[] {
    if (this.#link.status === "stopped") {
      return [{ do: "settle", id: command.id, outcome: { result: "abandoned" } }];
    }
    this.#commands.add(command);
    return this.#link.status === "open" ? [toSend(command)] : [];
  }

  /** A text frame came. */
  received(frame: string, now: number): Output[] {
    const link = this.#link;
    if (link.status !== "connecting" && link.status !== "open") return [];
    if (link.status === "open") this.#link = { ...link, heardAt: now, probedAt: null };
    const message = parse(frame);
    if (message === null) return this.#drop(now);
    return this.#take(message, now);
  }

  /** The connection ended. */
  closed(code: number, now: number): Output[] {
    const link = this.#link;
    if (link.status !== "connecting" && link.status !== "open") return [];
    const action = closeAction(code);
    if (action === "reconnect" || action === "reconnect_now") {
      // At once where the server said that it goes, but not over and over: a refused opening waits like any failure.
      const expected = action === "reconnect_now" || (link.status === "open" && link.moveAt !== null);
      return link.status === "open" && expected ? this.#connect(now) : this.#wait(now);
    }
    const error = link.status === "connecting" ? link.error : null;
    return this.#stop({ status: "stopped", action, code, error });
  }

  /** Time has passed. */
  tick(now: number): Output[] {
    const link = this.#link;
    if (link.status === "waiting") return now >= link.until ? this.#connect(now) : [];
    if (link.status === "connecting") return now >= link.since + PATIENCE_MS ? this.#drop(now) : [];
    return link.status === "open" ? this.#tickOpen(link, now) : [];
  }

  /** The network may have changed (the device is online again, or awake): try now instead of waiting. */
  nudge(now: number): Output[] {
    if (this.#link.status === "waiting") return this.#connect(now);
    if (this.#link.status === "open" && this.#link.probedAt === null) return this.#probe(this.#link, now);
    return [];
  }

  get #heartbeat(): number {
    return this.#opened?.heartbeat_ms ?? PATIENCE_MS;
  }

  #connect(now: number): Output[] {
    this.#link = { status: "connecting", since: now, error: null };
    this.#openings += 1;
    const opening: SessionOpen = { type: "session.open", id: `open-${this.#openings}` };
    if (this.#token !== undefined) opening.token = this.#token;
    if (this.#view !== null) opening.resume = { epoch: this.#view.epoch, seq: this.#view.seq };
    return [{ do: "connect", opening }];
  }

  /** Gives a connection up that is no use. */
  #drop(now: number): Output[] {
    return [{ do: "disconnect" }, ...this.closed(CUT, now)];
  }

  #wait(now: number): Output[] {
    const link = this.#link;
    if (link.status === "open" && now - link.since >= STEADY_MS) this.#failures = 0;
    this.#link = { status: "waiting", until: now + backoff(this.#failures, this.#random()) };
    this.#failures += 1;
    return [];
  }

  #tickOpen(link: Open, now: number): Output[] {
    if (link.moveAt !== null && now >= link.moveAt) return [{ do: "disconnect" }, ...this.#connect(now)];
    if (link.probedAt !== null && now >= link.probedAt + PATIENCE_MS) return this.#drop(now);
    const due = this.#commands.due(now).map(toSend);
    if (link.probedAt !== null || now < link.heardAt + this.#heartbeat) return due;
    return [...due, ...this.#probe(link, now)];
  }

  #stop(link: Stopped): Output[] {
    this.#link = link;
    const outcome: Outcome = { result: "abandoned" };
    return this.#commands.abandon().map((id) => ({ do: "settle", id, outcome }));
  }

  #probe(link: Open, now: number): Output[] {
    this.#link = { ...link, probedAt: now };
    return [{ do: "send", frame: JSON.stringify({ type: "ping" }) }];
  }

  #take(message: ServerMessage, now: number): Output[] {
    switch (message.type) {
      case "session.opened":
        return this.#takeOpened(message, now);
      case "ack": {
        const outcome = this.#commands.acked(message);
        const settled: Output[] = outcome === null ? [] : [{ do: "settle", id: message.re, outcome }];
        return [...settled, { do: "tell", message }];
      }
      case "error":
        return this.#takeError(message, now);
      case "server.draining":
        if (this.#link.status !== "open") return [];
        // Anywhere within the time given, so that not everybody moves at once.
        this.#link = { ...this.#link, moveAt: now + this.#random() * message.reconnect_within_ms };
        return [{ do: "tell", message }];
      case "pong":
      case "audio.received":
        return [{ do: "tell", message }];
      default:
        return this.#takeEvent(message, now);
    }
  }

  #takeOpened(opened: SessionOpened, now: number): Output[] {
    if (this.#link.status !== "connecting") return [];
    if (opened.snapshot === undefined && (this.#view === null || !opened.resumed)) return this.#drop(now);
    this.#opened = opened;
    this.#link = { status: "open", since: now, heardAt: now, probedAt: null, moveAt: null };
    if (opened.snapshot !== undefined) {
      this.#view = opened.snapshot;
      this.#setTimeLeft(opened.snapshot.remaining_ms, now);
    }
    return [...this.#commands.resend().map(toSend), { do: "tell", message: opened }];
  }

  #takeError(error: ErrorMessage, now: number): Output[] {
    if (this.#link.status === "connecting") {
      this.#link = { ...this.#link, error };
      return [{ do: "tell", message: error }];
    }
    const outcome = this.#commands.refused(error, now, this.#random());
    const settled: Output[] =
      outcome === null || error.re === null ? [] : [{ do: "settle", id: error.re, outcome }];
    return [...settled, { do: "tell", message: error }];
  }

  #takeEvent(event: LogEvent, now: number): Output[] {
    const view = this.#view;
    // A message of a type that this client doesn't know, and not from the log.
    if (view === null || typeof (event as { seq?: unknown }).seq !== "number") return [];
    if (event.epoch === view.epoch && event.seq <= view.seq) return [];
    // None is ever missing (`protocol.md` 3); should one be, the log has it.
    if (event.epoch !== view.epoch || event.seq !== view.seq + 1) return this.#drop(now);
    this.#view = fold(view, event);
    this.#skew = Math.min(this.#skew, now - event.at);
    if ("remaining_ms" in event || event.type === "interview.finished") {
      this.#setTimeLeft(this.#view.remaining_ms, event.at + this.#skew);
    }
    return [{ do: "tell", message: event }];
  }

  #setTimeLeft(remaining_ms: number | null, at: number): void {
    this.#timeLeft = remaining_ms === null ? null : { remaining_ms, at };
  }
}

function toSend(command: Command): Output {
  return { do: "send", frame: JSON.stringify(command) };
}

/** The message in a frame, or null where it is none. What a message says is the server's to get right. */
function parse(frame: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(frame);
    const isMessage = typeof value === "object" && value !== null && "type" in value;
    return isMessage ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
