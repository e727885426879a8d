/**
 * The shell around the core: it keeps the connection and the one timer, and tells listeners. Everything that decides
 * anything is in `core.ts`.
 */
import type { Outcome } from "../commands.ts";
import type { Command, ServerMessage, SessionOpen } from "../contract/types.ts";
import { Core, type CoreState, type Output } from "../core.ts";

/** What a connection tells. */
export interface Heard {
  frame: (text: string) => void;
  closed: (code: number) => void;
}

export interface Connection {
  send: (frame: string) => void;
  close: () => void;
}

/** Opens a connection over some transport. It sends `opening` before anything else. */
export type Connect = (opening: SessionOpen, heard: Heard) => Connection;

export interface Surroundings {
  connect: Connect;
  /** Milliseconds, of a clock that doesn't go back. */
  now: () => number;
  /** A number in [0, 1). */
  random: () => number;
  newId: () => string;
  token?: string | undefined;
}

/** A command without its id, which the client adds. */
export type CommandBody = Command extends infer C ? (C extends Command ? Omit<C, "id"> : never) : never;

export class InterviewClient {
  readonly #around: Surroundings;
  readonly #core: Core;
  readonly #changed = new Set<() => void>();
  readonly #told = new Set<(message: ServerMessage) => void>();
  readonly #settle = new Map<string, (outcome: Outcome) => void>();
  #connection: Connection | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: CoreState;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#core = new Core({ random: around.random, token: around.token });
    this.#state = this.#core.state;
  }

  /** What is known now: the same object until something changes. */
  get state(): CoreState {
    return this.#state;
  }

  /** Connects, and stays connected until the interview is over, the server says stop, or `leave`. */
  start(token?: string): void {
    this.#perform(this.#core.start(this.#around.now(), token));
  }

  leave(): void {
    this.#perform(this.#core.leave());
  }

  /** Tries at once instead of waiting: the device is online again, or awake. */
  nudge(): void {
    this.#perform(this.#core.nudge(this.#around.now()));
  }

  /** Sends a command and tells how it ended. Sent again, with `id` the same, it takes effect once. */
  command(body: CommandBody, id = this.#around.newId()): Promise<Outcome> {
    return new Promise((resolve) => {
      const outputs = this.#core.send({ ...body, id });
      this.#settle.set(id, resolve);
      this.#perform(outputs);
    });
  }

  /** Calls `listener` after each change of `state`; returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** Calls `listener` with each message, when `state` has taken it in; returns what ends it. */
  onMessage(listener: (message: ServerMessage) => void): () => void {
    this.#told.add(listener);
    return () => this.#told.delete(listener);
  }

  #perform(outputs: Output[]): void {
    for (const output of outputs) this.#performOne(output);
    this.#setTimer();
    this.#state = this.#core.state;
    for (const listener of this.#changed) listener();
    for (const output of outputs) {
      if (output.do === "tell") for (const listener of this.#told) listener(output.message);
    }
  }

  #performOne(output: Output): void {
    switch (output.do) {
      case "connect":
        this.#connect(output.opening);
        return;
      case "disconnect":
        this.#connection?.close();
        this.#connection = null;
        return;
      case "send":
        this.#connection?.send(output.frame);
        return;
      case "settle":
        this.#settle.get(output.id)?.(output.outcome);
        this.#settle.delete(output.id);
        return;
      case "tell":
        return;
    }
  }

  #connect(opening: SessionOpen): void {
    // A connection that was given up may still speak: only the newest is heard.
    const ifNewest = (take: () => Output[]) => {
      if (this.#connection === connection) this.#perform(take());
    };
    const connection = this.#around.connect(opening, {
      frame: (text) => {
        ifNewest(() => this.#core.received(text, this.#around.now()));
      },
      closed: (code) => {
        ifNewest(() => this.#core.closed(code, this.#around.now()));
      },
    });
    this.#connection = connection;
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
