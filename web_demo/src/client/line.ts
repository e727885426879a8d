/**
 * The client's connection, without its network: when to open one, over which transport, with which token, how to know
 * that it is dead, and what its end means (`protocol.md` 2, 3 and 8). Of the interview it knows only how the session
 * stands. Times are milliseconds.
 *
 * The interview's end is not the end of what was promised (`protocol.md` 4): a command may have been committed by a
 * server that died before its ack, and the interview have ended before the client was back. So while commands are
 * unanswered the client is `ending` first: connected no more, it POSTs them, for a minute at most, and stops once each
 * has its outcome.
 */
import { NO_CONTENT, passes, readProblem, type Answer } from "./answers.ts";
import { backoff, closeAction } from "./closing.ts";
import type { ErrorMessage, SessionOpen, SessionOpened } from "./contract/types.ts";
import type { Connecting, Ending, Link, Open, Output, Standing, Stopped } from "./data.ts";
import { TransportChoice } from "./transports.ts";

/** Longer than this and an attempt to connect, or a probe, has failed (`protocol.md` 3 gives the server as long). */
const PATIENCE_MS = 10_000;
/** A connection that lasted so long was a good one: the backoff begins anew after it. */
const STEADY_MS = 10_000;
/** An event stream has a comment every 15 s. */
const SILENT_STREAM_MS = 45_000;
/** So long after the interview's end what is unanswered is POSTed; a server starts anew in less. */
const ENDING_MS = 60_000;
/** While an answer is being spoken, the wait is 4 s at most: nobody should talk to a dead line. */
const LAST_DOUBLING_SPEAKING = 3;

const DONE = 1000;
export const CUT = 1006;
const MALFORMED = 4400;
export const UNAUTHENTICATED = 4401;
/** What a WebSocket would have been closed with where an event stream is refused. */
const CLOSES: Partial<Record<number, number>> = { 401: UNAUTHENTICATED, 403: 4403, 404: 4404 };

export interface LineOptions {
  /** A number in [0, 1). */
  random: () => number;
  /** A token is asked for at the start, and again when it has run out. */
  signsIn?: boolean | undefined;
  ticket?: string | undefined;
  observer?: boolean | undefined;
  /** There is no event stream to fall back on, and nothing is POSTed. */
  onlyWebSocket?: boolean | undefined;
}

/** At most one connection at a time. Every input returns what is to be done about it. */
export class Line {
  link: Link = { status: "idle" };
  readonly #options: LineOptions;
  readonly #standing: () => Standing;
  readonly #transports = new TransportChoice();
  #token: string | null = null;
  #heartbeatMs = 0;
  #justRenewed = false;
  #postRefused = false;
  #failures = 0;
  #openings = 0;

  constructor(options: LineOptions, standing: () => Standing) {
    this.#options = options;
    this.#standing = standing;
  }

  get token(): string | null {
    return this.#token;
  }

  /** When `tick` has something to do, or null. */
  get wakeAt(): number | null {
    const { link } = this;
    if (link.status === "connecting") return link.since + PATIENCE_MS;
    if (link.status === "waiting" || link.status === "ending") return link.until;
    if (link.status === "open") return Math.min(this.#quietUntil(link), link.moveAt ?? Infinity);
    return null;
  }

  /** Whether commands are POSTed now. */
  get posts(): boolean {
    const { link } = this;
    if (link.status === "ending") return !link.renewing;
    return link.status === "open" && link.over === "events";
  }

  /** Begins, or begins again after a stop. */
  start(now: number): Output[] {
    if (this.link.status !== "idle" && this.link.status !== "stopped") return [];
    this.#failures = 0;
    this.#justRenewed = false;
    this.#postRefused = false;
    if (this.#options.signsIn !== true || this.#token !== null) return this.#connect(now);
    this.link = { status: "renewing" };
    return [{ do: "want_token" }];
  }

  /** A token, from now on the one to use. */
  renewed(token: string, now: number): Output[] {
    this.#token = token;
    const { link } = this;
    const isEnding = link.status === "ending" && link.renewing;
    if (!isEnding && link.status !== "renewing") return [];
    this.#justRenewed = true;
    if (!isEnding) return this.#connect(now);
    this.link = { ...link, renewing: false };
    return [];
  }

  /** No token can be had. */
  unrenewed(): void {
    if (this.link.status === "renewing") this.#stop("renew_token", UNAUTHENTICATED, null);
    else if (!this.posts) this.settled();
  }

  /** Stops for good. */
  leave(): Output[] {
    const connected = this.link.status === "connecting" || this.link.status === "open";
    this.#stop("left", null, null);
    return connected ? [{ do: "disconnect" }] : [];
  }

  /** Something came: the connection lives. */
  heard(now: number): void {
    if (this.link.status === "open") this.link = { ...this.link, heardAt: now, probedAt: null };
  }

  /** The server refuses an opening, before it closes. */
  refusedOpening(link: Connecting, error: ErrorMessage): void {
    this.link = { ...link, error };
  }

  /** The session is open. */
  opened({ over }: Connecting, { seq, heartbeat_ms }: SessionOpened, now: number): void {
    this.#heartbeatMs = heartbeat_ms;
    this.#justRenewed = false;
    if (over === "websocket") this.#postRefused = false;
    const moveAt = this.#transports.opened(over, now, this.#standing().speaking);
    const link = { status: "open", over, since: now, openedAtSeq: seq, heardAt: now } as const;
    this.link = { ...link, probedAt: null, moveAt, draining: false };
  }

  /** The server goes away: move within that time, but not all clients at once. */
  draining(link: Open, withinMs: number, now: number): void {
    this.link = { ...link, moveAt: now + this.#options.random() * withinMs, draining: true };
  }

  /** Gives a connection up that is no use. */
  drop(now: number): Output[] {
    return [{ do: "disconnect" }, ...this.closed(CUT, now)];
  }

  /** The connection ended; 1006 if without a close frame, as an event stream does. */
  closed(code: number, now: number): Output[] {
    const { link } = this;
    if (link.status !== "connecting" && link.status !== "open") return [];
    const { finished } = this.#standing();
    const unheard = link.status === "connecting" && code === CUT;
    if (unheard) this.#transports.unreached(link.over, now);
    else this.#transports.heard(link.over);
    return this.#ended(link, link.over === "events" && finished ? DONE : code, now);
  }

  /** Something answered an attempt to connect, but not with what was asked for. */
  refused(answer: Answer, now: number): Output[] {
    const { link } = this;
    if (link.status !== "connecting") return [];
    const { status } = answer;
    if (link.over === "websocket") {
      const mayPass = status >= 400 && passes(status);
      if (mayPass || this.#options.onlyWebSocket === true) return this.closed(CUT, now);
      // Not the last word: how the event stream is answered tells what it means.
      this.#transports.notSpoken(now);
      return this.#connect(now);
    }
    if (status === NO_CONTENT) return this.closed(DONE, now);
    const error = readProblem(answer);
    if (error === null || error.retryable) return this.closed(CUT, now);
    this.link = { ...link, error };
    return this.closed(CLOSES[status] ?? MALFORMED, now);
  }

  /** A POST was refused for its token. */
  unauthorized(now: number): Output[] {
    const { link } = this;
    if (link.status === "ending")
      return this.#renew({ ...link, renewing: true }) ?? this.#stop("done", DONE, null);
    if (!this.posts) return [];
    // The stream opens with a token that POSTs may be refused for: whoever is refused twice in a row was refused with a
    // new one.
    this.#justRenewed = this.#postRefused;
    this.#postRefused = true;
    return [{ do: "disconnect" }, ...this.closed(UNAUTHENTICATED, now)];
  }

  /** A POST was answered, and its token was not refused. */
  gotThrough(): void {
    this.#postRefused = false;
  }

  /** Every command has had its outcome. */
  settled(): void {
    if (this.link.status === "ending") this.#stop("done", DONE, null);
  }

  /** Time has passed. */
  tick(now: number): Output[] {
    const { link } = this;
    if (link.status === "waiting") return now >= link.until ? this.#connect(now) : [];
    if (link.status === "connecting") return now >= link.since + PATIENCE_MS ? this.drop(now) : [];
    if (link.status === "ending" && now >= link.until) return this.#stop("done", DONE, null);
    return link.status === "open" ? this.#tickOpen(link, now) : [];
  }

  /** The network may have changed (the device is online again, or awake): try now. */
  nudge(now: number): Output[] {
    const { link } = this;
    if (link.status === "waiting") return this.#connect(now);
    const canProbe = link.status === "open" && link.over === "websocket" && link.probedAt === null;
    return canProbe ? this.#probe(link, now) : [];
  }

  #tickOpen(link: Open, now: number): Output[] {
    if (link.moveAt !== null && now >= link.moveAt) return [{ do: "disconnect" }, ...this.#connect(now)];
    if (now < this.#quietUntil(link)) return [];
    const mute = link.over === "events" || link.probedAt !== null;
    return mute ? this.drop(now) : this.#probe(link, now);
  }

  /** When silence has lasted too long. */
  #quietUntil({ over, heardAt, probedAt }: Open): number {
    if (over === "events") return heardAt + SILENT_STREAM_MS;
    return probedAt === null ? heardAt + this.#heartbeatMs : probedAt + PATIENCE_MS;
  }

  #probe(link: Open, now: number): Output[] {
    this.link = { ...link, probedAt: now };
    return [{ do: "send", frame: JSON.stringify({ type: "ping" }) }];
  }

  #connect(now: number): Output[] {
    const over = this.#options.onlyWebSocket === true ? "websocket" : this.#transports.choose(now);
    this.link = { status: "connecting", over, since: now, error: null };
    this.#openings += 1;
    return [{ do: "connect", over, opening: this.#opening() }];
  }

  #opening(): SessionOpen {
    const { ticket, observer } = this.#options;
    const { position } = this.#standing();
    const opening: SessionOpen = { type: "session.open", id: `open-${this.#openings}` };
    if (this.#token !== null) opening.token = this.#token;
    if (ticket !== undefined) opening.ticket = ticket;
    if (observer === true) opening.role = "observer";
    if (position !== null) opening.resume = position;
    return opening;
  }

  /** What the end of a connection means. */
  #ended(link: Connecting | Open, code: number, now: number): Output[] {
    const error = link.status === "connecting" ? link.error : null;
    const action = closeAction(code);
    if (action === "done") return this.#done(now);
    if (action === "stop") return this.#stop(action, code, error);
    if (action === "renew_token")
      return this.#renew({ status: "renewing" }) ?? this.#stop(action, code, error);
    // At once where the server said that it goes, but not over and over: a refused opening waits like any failure.
    const atOnce = link.status === "open" && (action === "reconnect_now" || link.draining);
    return atOnce ? this.#connect(now) : this.#wait(link, now);
  }

  /** The interview is over: so is this, but for what is unanswered. */
  #done(now: number): Output[] {
    const { unanswered } = this.#standing();
    if (!unanswered || this.#options.onlyWebSocket === true) return this.#stop("done", DONE, null);
    this.link = { status: "ending", until: now + ENDING_MS, renewing: false };
    // Whatever token it was got through.
    this.#justRenewed = false;
    return [];
  }

  #wait(link: Connecting | Open, now: number): Output[] {
    if (link.status === "open" && now - link.since >= STEADY_MS) this.#failures = 0;
    this.#justRenewed = false;
    this.#postRefused = false;
    const n = this.#standing().speaking ? Math.min(this.#failures, LAST_DOUBLING_SPEAKING) : this.#failures;
    this.link = { status: "waiting", until: now + backoff(n, this.#options.random()) };
    this.#failures += 1;
    return [];
  }

  /** Asks for a new token, and is `meanwhile`; null if this was one. The refused one is not tried again. */
  #renew(meanwhile: Ending | { status: "renewing" }): Output[] | null {
    this.#token = null;
    if (this.#options.signsIn !== true || this.#justRenewed) return null;
    this.link = meanwhile;
    return [{ do: "want_token" }];
  }

  #stop(action: Stopped["action"], code: number | null, error: ErrorMessage | null): Output[] {
    this.link = { status: "stopped", action, code, error };
    return [];
  }
}
