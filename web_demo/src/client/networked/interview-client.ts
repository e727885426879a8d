/**
 * The shell around the core: it keeps the connection and the one timer, asks for tokens, and tells listeners. Everything
 * that decides anything is in `core.ts`.
 */
import type { Answer } from "../answers.ts";
import type { Outcome } from "../in-flight.ts";
import type { Command, SessionOpen } from "../contract/types.ts";
import {
  type Bytes,
  Core,
  type CoreState,
  type KeptAnswer,
  type Output,
  type Post,
  type Transport,
  type Update,
} from "../core.ts";

/** What a connection tells. Nothing is told before the call that opens it has returned. */
export interface Heard {
  frame: (text: string) => void;
  closed: (code: number) => void;
  /** Something came that is no message. */
  alive: () => void;
  /** Something answered, but with no upgrade and no event stream. */
  refused: (answer: Answer) => void;
}

/** An event stream takes no frames: what goes with it is POSTed. */
export interface Connection {
  send?: (frame: string) => void;
  sendAudio?: (frame: Bytes) => void;
  close: () => void;
}

/** Opens a connection over some transport, with `opening`. */
export type Connect = (opening: SessionOpen, heard: Heard) => Connection;

/** The event stream, and POSTs beside it. */
export interface Fallback {
  follow: Connect;
  /** Rejects where there is no answer. */
  post: (post: Post) => Promise<Answer>;
}

export interface Surroundings {
  /** Over WebSocket. */
  connect: Connect;
  /** What there is where WebSocket is blocked; without it, WebSocket is tried on and on. */
  fallback?: Fallback | undefined;
  /**
   * Asked for a bearer token at the start, and again whenever the last one has run out. It may take its time: somebody may
   * have to sign in. Where it rejects, the client stops with `renew_token`, and may be started again.
   */
  getToken?: (() => Promise<string>) | undefined;
  /** Whoever has one is an observer, and needs no token. */
  ticket?: string | undefined;
  observer?: boolean | undefined;
  /** Milliseconds, of a clock that doesn't go back. */
  now: () => number;
  /** A number in [0, 1). */
  random: () => number;
  newId: () => string;
}

/** A command without its id, which the client adds. */
export type CommandBody = Command extends infer C ? (C extends Command ? Omit<C, "id"> : never) : never;

export class InterviewClient {
  readonly #around: Surroundings;
  readonly #core: Core;
  readonly #changed = new Set<() => void>();
  readonly #told = new Set<(message: Update) => void>();
  readonly #waiting = new Map<string, ((outcome: Outcome) => void)[]>();
  #connection: Connection | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest request for a token; what comes of an older one isn't wanted any more. */
  #requests = 0;
  #state: CoreState;

  constructor(around: Surroundings) {
    const { random, newId, getToken, ticket, fallback } = around;
    const signsIn = getToken !== undefined;
    const observer = around.observer === true || ticket !== undefined;
    const onlyWebSocket = fallback === undefined;
    this.#around = around;
    this.#core = new Core({ random, newId, signsIn, ticket, observer, onlyWebSocket });
    this.#state = this.#core.state;
  }

  /** What is known now: the same object until something changes. */
  get state(): CoreState {
    return this.#state;
  }

  /** Connects, and stays connected until the interview is over, the server says stop, no token is had, or `leave`. */
  start(): void {
    this.#perform(this.#core.start(this.#around.now()));
  }

  /**
   * Takes over an answer that was being spoken to a client that is gone, such as a page before its reload. To be called
   * before `start`; throws where an answer is being spoken already.
   */
  recall(kept: KeptAnswer): void {
    this.#core.recall(kept);
    this.#perform([]);
  }

  /** Leaves an answer alone whose audio isn't here, instead of cancelling it. To be called before `start`. */
  spare(): void {
    this.#core.spare();
  }

  leave(): void {
    this.#perform(this.#core.leave());
  }

  /** Tries at once instead of waiting: the device is online again, or awake. */
  nudge(): void {
    this.#perform(this.#core.nudge(this.#around.now()));
  }

  /**
   * Sends a command and tells how it ended. Sent again, with `id` the same, it takes effect once. Rejects where another
   * command of that id is in flight, where an answer is being spoken and another would begin, and
   * (`TooManyInFlightError`) where too many are in flight.
   */
  command(body: CommandBody, id = this.#around.newId()): Promise<Outcome> {
    return new Promise((resolve) => {
      const outputs = this.#core.send({ ...body, id }, this.#around.now());
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve]);
      this.#perform(outputs);
    });
  }

  /**
   * Audio of the answer that `audio.start` has opened: mono PCM, signed 16 bit, little endian. It is kept until the
   * answer is accepted, and sent as soon as that is possible. Throws at half a sample.
   */
  speak(turn: number, pcm: Uint8Array): void {
    this.#perform(this.#core.audio(turn, pcm));
  }

  /** The audio in [from, to) of the answer that is being spoken, in bytes, as far as it is here: a copy. */
  recording(from: number, to: number): Bytes {
    return this.#core.recording(from, to);
  }

  /** Ends the answer that is being spoken. */
  stopSpeaking(turn: number): Promise<Outcome> {
    return this.command({ type: "audio.stop", turn, bytes: this.#core.state.recorded });
  }

  /** Calls `listener` after each change of `state`; returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** Calls `listener` with what happens, when `state` has taken it in; returns what ends it. */
  onMessage(listener: (message: Update) => void): () => void {
    this.#told.add(listener);
    return () => this.#told.delete(listener);
  }

  #perform(outputs: Output[]): void {
    for (const output of outputs) this.#performOne(output);
    this.#state = this.#core.state;
    this.#setTimer();
    for (const listener of this.#changed) listener();
    for (const output of outputs) {
      if (output.do === "tell") for (const listener of this.#told) listener(output.message);
    }
  }

  #performOne(output: Output): void {
    switch (output.do) {
      case "connect":
        this.#connect(output.over, output.opening);
        return;
      case "disconnect":
        this.#disconnect();
        return;
      case "send":
      case "send_audio":
        this.#send(output);
        return;
      case "post":
        void this.#post(output.post);
        return;
      case "settle":
        this.#settle(output.id, output.outcome);
        return;
      case "want_token":
        void this.#renew();
        return;
      case "tell":
        return;
    }
  }

  #connect(over: Transport, opening: SessionOpen): void {
    this.#disconnect();
    const { now, connect, fallback } = this.#around;
    const open = over === "events" && fallback !== undefined ? fallback.follow : connect;
    // A connection that was given up may still speak: only the newest is heard.
    const isNewest = () => this.#connection === connection;
    const ended = (end: (now: number) => Output[]) => {
      if (!isNewest()) return;
      this.#connection = null;
      this.#perform(end(now()));
    };
    const connection = open(opening, {
      frame: (text) => {
        if (isNewest()) this.#perform(this.#core.received(text, now()));
      },
      alive: () => {
        if (isNewest()) this.#core.heard(now());
      },
      closed: (code) => {
        ended((at) => this.#core.closed(code, at));
      },
      refused: (answer) => {
        ended((at) => this.#core.refused(answer, at));
      },
    });
    this.#connection = connection;
  }

  #send(output: Output & { do: "send" | "send_audio" }): void {
    if (output.do === "send") this.#connection?.send?.(output.frame);
    else this.#connection?.sendAudio?.(output.frame);
  }

  #settle(id: string, outcome: Outcome): void {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const resolve of waiting) resolve(outcome);
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }

  async #post(post: Post): Promise<void> {
    const answer = await this.#around.fallback?.post(post).catch(() => undefined);
    const now = this.#around.now();
    if (answer === undefined) this.#perform(this.#core.unposted(post.id, now));
    else this.#perform(this.#core.posted(post.id, answer, now));
  }

  async #renew(): Promise<void> {
    const { getToken, now } = this.#around;
    const request = (this.#requests += 1);
    const token = await getToken?.().catch(() => null);
    if (request !== this.#requests) return;
    this.#perform(typeof token === "string" ? this.#core.renewed(token, now()) : this.#core.unrenewed());
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#core;
    if (wakeAt === null) return;
    const tick = () => {
      this.#perform(this.#core.tick(this.#around.now()));
    };
    this.#timer = setTimeout(tick, Math.max(0, wakeAt - this.#around.now()));
  }
}
