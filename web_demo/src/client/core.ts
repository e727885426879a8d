/**
 * The client of viva.v1 without its network: frames, close codes, commands, audio and the time go in; frames to send and
 * connections to open come out. It holds no socket and no timer, and asks nobody for the time or for chance.
 *
 * Rules: an output is data, and a shell performs it, in order. After every input the shell calls `tick` again at
 * `wakeAt`. Times are milliseconds of one clock that doesn't go back. The position (`protocol.md` 1) is the view's own:
 * it is what to resume from, and a client without a view opens without one.
 */
import { readAnswer, UNAUTHORIZED, type Answer } from "./answers.ts";
import { CommandsInFlight, type Settled } from "./in-flight.ts";
import type {
  Ack,
  AudioStart,
  Command,
  ErrorMessage,
  LogEvent,
  ServerMessage,
  SessionOpened,
} from "./contract/types.ts";
import type { Bytes, Connecting, CoreState, KeptAnswer, Link, Open, Output, Standing } from "./data.ts";
import { fold, heardSoFar, stableSoFar, type View } from "./fold.ts";
import { Line, type LineOptions } from "./line.ts";
import { parseMessage } from "./parse.ts";
import { Speaking } from "./speaking.ts";
import { Countdown } from "./time-left.ts";

export type {
  Bytes,
  CoreState,
  KeptAnswer,
  Link,
  Output,
  Post,
  Spoken,
  Stopped,
  Transport,
  Update,
} from "./data.ts";
export type { TimeLeft } from "./time-left.ts";

/** Where the server has not said yet what it takes: the usual (`protocol.md` 3). */
const USUAL = { max_frame_bytes: 65_536, max_answer_ms: 600_000 };

export interface CoreOptions extends LineOptions {
  /** Command ids that were not used before. */
  newId: () => string;
}

/** One client of one interview. Every input returns what is to be done about it. */
export class Core {
  readonly #options: CoreOptions;
  readonly #line: Line;
  readonly #commands = new CommandsInFlight();
  readonly #speaking = new Speaking();
  readonly #countdown = new Countdown();
  #view: View | null = null;
  #partial = "";
  #stable = 0;
  #opened: SessionOpened | null = null;
  #spares = false;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#line = new Line(options, () => this.#standing());
  }

  get state(): CoreState {
    return {
      link: this.#link,
      view: this.#view,
      partial: this.#partial,
      stable: this.#stable,
      timeLeft: this.#countdown.timeLeft,
      limits: this.#opened?.limits ?? null,
      capabilities: this.#opened?.capabilities ?? null,
      inFlight: this.#commands.all,
      recorded: this.#speaking.recorded,
      spoken: this.#speaking.spoken,
      dropped: this.#speaking.dropped,
    };
  }

  /** When `tick` has something to do, or null. */
  get wakeAt(): number | null {
    const { wakeAt, posts } = this.#line;
    if (wakeAt === null) return null;
    const isOpen = this.#link.status === "open";
    const commandsAt = posts ? this.#commands.postAt : isOpen ? this.#commands.wakeAt : null;
    return Math.min(wakeAt, commandsAt ?? Infinity);
  }

  // Beginning, time, end

  /** Begins, or begins again after a stop. */
  start(now: number): Output[] {
    return this.#line.start(now);
  }

  /**
   * Takes over an answer that was being spoken to a client that is gone. Its commands keep their ids, so that they take
   * effect once. To be called before `start`; throws where an answer is being spoken already.
   */
  recall(kept: KeptAnswer): void {
    this.#speaking.recall(kept);
    this.#speaking.giveAgain(this.#commands);
  }

  /** An answer whose audio isn't here is not cancelled from now on: somebody may have it. */
  spare(): void {
    this.#spares = true;
  }

  /** A token, from now on the one to use. */
  renewed(token: string, now: number): Output[] {
    return [...this.#line.renewed(token, now), ...this.#post(now)];
  }

  /** The token that is wanted can't be had. */
  unrenewed(): Output[] {
    this.#line.unrenewed();
    return this.#link.status === "stopped" ? this.#abandon() : [];
  }

  /** Stops for good: nothing more is sent, and commands in flight are abandoned. */
  leave(): Output[] {
    return [...this.#line.leave(), ...this.#abandon()];
  }

  /** Time has passed. */
  tick(now: number): Output[] {
    const outputs = this.#after(this.#line.tick(now), now);
    return this.#isOpen("websocket") ? [...outputs, ...this.#commands.due(now).map(toSend)] : outputs;
  }

  /** The network may have changed (the device is online again, or awake): try now instead of waiting. */
  nudge(now: number): Output[] {
    return this.#line.nudge(now);
  }

  // What is to be sent

  /**
   * Takes a command, to be sent now or on the next connection. The very same command given again while it is in flight is
   * sent once. Throws where another command of that id is in flight, where an answer is being spoken and another would
   * begin, and (`TooManyInFlightError`) where too many are in flight.
   */
  send(command: Command, now: number): Output[] {
    const { id } = command;
    if (this.#link.status === "stopped") return [{ do: "settle", id, outcome: { result: "abandoned" } }];
    if (this.#line.posts && command.type === "audio.start") {
      return [{ do: "settle", id, outcome: { result: "refused", error: needsWebSocket(command) } }];
    }
    this.#speaking.check(command);
    if (!this.#commands.add(command)) return [];
    this.#speaking.given(command);
    return this.#isOpen("websocket") ? [...this.#frames(), toSend(command)] : this.#post(now);
  }

  /**
   * Audio of the answer that is being spoken, as its `audio.start` announced it. What comes after the answer's end, or
   * past `max_answer_ms`, is passed over. Throws at half a sample.
   */
  audio(turn: number, pcm: Uint8Array): Output[] {
    this.#speaking.record(turn, pcm, (this.#opened?.limits ?? USUAL).max_answer_ms);
    return this.#frames();
  }

  /** The audio in [from, to) of the answer that is being spoken, as far as it is here: a copy. */
  recording(from: number, to: number): Bytes {
    return this.#speaking.audio(from, to);
  }

  // The connection

  /** Something came that is no message, such as an event stream's comment. */
  heard(now: number): void {
    this.#line.heard(now);
  }

  /** A text frame, or an event's data, came. */
  received(frame: string, now: number): Output[] {
    this.#line.heard(now);
    const link = this.#link;
    if (link.status !== "connecting" && link.status !== "open") return [];
    const message = parseMessage(frame);
    if (message === null) return this.#drop(now);
    return link.status === "open" ? this.#take(message, link, now) : this.#takeFirst(message, link, now);
  }

  /** The connection ended; 1006 if without a close frame, as an event stream does. */
  closed(code: number, now: number): Output[] {
    return this.#after(this.#line.closed(code, now), now);
  }

  /** Something answered an attempt to connect, but not with what was asked for: no upgrade, or no event stream. */
  refused(answer: Answer, now: number): Output[] {
    return this.#after(this.#line.refused(answer, now), now);
  }

  /** A POSTed command was answered. */
  posted(id: string, answer: Answer, now: number): Output[] {
    if (answer.status === UNAUTHORIZED) {
      this.#commands.lost(id, now, 0);
      return this.#after(this.#line.unauthorized(now), now);
    }
    const said = readAnswer(answer, id);
    if (said === null) return this.unposted(id, now);
    this.#line.gotThrough();
    const outputs = this.#settle(said, now);
    if (this.#commands.all.length === 0) this.#line.settled();
    return [...outputs, ...this.#post(now)];
  }

  /** A POSTed command was not answered: it may have taken effect, and is sent again. */
  unposted(id: string, now: number): Output[] {
    this.#commands.lost(id, now, this.#options.random());
    return [];
  }

  // Messages

  #takeFirst(message: ServerMessage, link: Connecting, now: number): Output[] {
    if (message.type === "session.opened") return this.#takeOpened(message, link, now);
    if (message.type === "error") this.#line.refusedOpening(link, message);
    return [];
  }

  #takeOpened(opened: SessionOpened, link: Connecting, now: number): Output[] {
    const { snapshot, resumed, audio } = opened;
    const replaces = snapshot !== undefined;
    if (resumed === replaces || (!replaces && this.#view === null)) return this.#drop(now);
    this.#opened = opened;
    if (replaces) {
      this.#view = snapshot;
      this.#partial = audio?.partial ?? "";
      this.#stable = 0;
      this.#countdown.replaced(snapshot, now);
      this.#speaking.replaced(snapshot, audio, this.#isInFlight("audio.start"));
    } else this.#speaking.resumed(audio);
    this.#line.opened(link, opened, now);
    this.#cancelLost(opened, link);
    const told: Output[] = replaces ? [{ do: "tell", message: opened }] : [];
    if (link.over === "events") return [...told, ...this.#post(now)];
    return [...told, ...this.#commands.resend().map(toSend), ...this.#frames()];
  }

  /**
   * Cancels an answer whose audio isn't here: it would be waited for, for ever (`protocol.md` 6). Only over a WebSocket
   * is nobody else the candidate.
   */
  #cancelLost({ audio }: SessionOpened, { over }: Connecting): void {
    if (audio === undefined || over !== "websocket" || this.#options.observer === true) return;
    if (this.#spares || !this.#speaking.misses(audio) || this.#isInFlight("audio.cancel")) return;
    this.#commands.add({ type: "audio.cancel", id: this.#options.newId(), turn: audio.turn });
  }

  #take(message: ServerMessage, link: Open, now: number): Output[] {
    switch (message.type) {
      case "ack":
        return this.#settle(message, now);
      case "error":
        return this.#takeError(message, now);
      case "audio.received":
        this.#speaking.received(message.turn, message.received);
        return this.#frames();
      case "server.draining":
        this.#line.draining(link, message.reconnect_within_ms, now);
        return [];
      case "session.opened":
      case "pong":
        return [];
      default:
        return this.#takeEvent(message, link, now);
    }
  }

  #takeError(error: ErrorMessage, now: number): Output[] {
    if (error.re !== null) return this.#settle(error, now);
    if (error.code === "audio_gap") {
      this.#speaking.missing(error.details["received"]);
      return this.#frames();
    }
    // What filled a gap twice over came after the answer had been taken.
    return error.code === "audio_not_open" ? [] : [{ do: "tell", message: error }];
  }

  #takeEvent(event: LogEvent, link: Open, now: number): Output[] {
    const view = this.#view;
    // A message of a type that this client doesn't know, and not from the log.
    if (view === null || typeof (event as { seq?: unknown }).seq !== "number") return [];
    if (event.epoch === view.epoch && event.seq <= view.seq) return [];
    // None is ever missing (`protocol.md` 3); should one be, the log has it.
    if (event.epoch !== view.epoch || event.seq !== view.seq + 1) return this.#drop(now);
    this.#view = fold(view, event);
    this.#partial = heardSoFar(this.#partial, event);
    this.#stable = stableSoFar(this.#stable, event);
    this.#countdown.told(event, now);
    this.#speaking.told(event, event.seq <= link.openedAtSeq);
    return [{ do: "tell", message: event }, ...this.#frames()];
  }

  /** A command has its answer; it may be tried again all the same. */
  #settle(answer: Ack | ErrorMessage, now: number): Output[] {
    const isAck = answer.type === "ack";
    const settled = isAck
      ? this.#commands.acked(answer)
      : this.#commands.refused(answer, now, this.#options.random());
    return settled === null ? [] : this.#settled(settled);
  }

  #settled({ command, outcome }: Settled): Output[] {
    if (outcome.result === "refused") this.#speaking.refused(command);
    else this.#speaking.acked(command);
    return [{ do: "settle", id: command.id, outcome }];
  }

  // Pieces

  get #link(): Link {
    return this.#line.link;
  }

  #isOpen(over: Open["over"]): boolean {
    return this.#link.status === "open" && this.#link.over === over;
  }

  #isInFlight(type: Command["type"]): boolean {
    return this.#commands.all.some((command) => command.type === type);
  }

  #standing(): Standing {
    const view = this.#view;
    const speaking = this.#speaking.now;
    const unanswered = this.#commands.all.length > 0;
    if (view === null) return { position: null, speaking, finished: false, unanswered };
    const { epoch, seq, phase } = view;
    return { position: { epoch, seq }, speaking, finished: phase === "finished", unanswered };
  }

  #drop(now: number): Output[] {
    return this.#after(this.#line.drop(now), now);
  }

  /** With what it means for the rest that the connection may be over, or all of it. */
  #after(outputs: Output[], now: number): Output[] {
    if (this.#link.status === "stopped") return [...outputs, ...this.#abandon()];
    if (this.#link.status !== "open") this.#speaking.disconnected();
    return [...outputs, ...this.#post(now)];
  }

  #abandon(): Output[] {
    this.#speaking.abandoned();
    return this.#commands.abandon().map((id) => ({ do: "settle", id, outcome: { result: "abandoned" } }));
  }

  /** The audio that is to be sent now. */
  #frames(): Output[] {
    if (!this.#isOpen("websocket")) return [];
    const frames = this.#speaking.frames((this.#opened?.limits ?? USUAL).max_frame_bytes);
    return frames.map((frame) => ({ do: "send_audio", frame }));
  }

  /** The command that is to be POSTed now, if any. */
  #post(now: number): Output[] {
    const command = this.#line.posts ? this.#commands.toPost(now) : null;
    if (command === null) return [];
    return [{ do: "post", post: { id: command.id, body: JSON.stringify(command), token: this.#line.token } }];
  }
}

function toSend(command: Command): Output {
  return { do: "send", frame: JSON.stringify(command) };
}

function needsWebSocket({ id }: AudioStart): ErrorMessage {
  const message = "Speaking needs a WebSocket, which is blocked here; answers in text work.";
  return { type: "error", re: id, code: "voice_unavailable", message, retryable: false, details: {} };
}
