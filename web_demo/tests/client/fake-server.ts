/**
 * A server in memory, as far as `protocol.md` 1, 3 and 4 bind it: one log, a cursor for each connection, commands that
 * take effect once. Its interview only pauses and resumes and streams a hint now and then: enough to have a view.
 */
import type {
  Command,
  LogEvent,
  ServerMessage,
  SessionOpen,
  Snapshot,
} from "../../src/client/contract/types.ts";
import { fold } from "../../src/client/fold.ts";
import { type Happening, opened, placed, snapshot, turn } from "./samples.ts";

const KEPT = 12;

export class FakeServer {
  view: Snapshot = snapshot({ phase: "answering", turns: [turn()] });
  /** How often each command has taken effect. */
  readonly effects = new Map<string, number>();
  #events: LogEvent[] = [];

  /** Adds an event to the log. */
  publish(happening: Happening): void {
    const event = placed(happening, this.view.seq + 1, { epoch: this.view.epoch });
    this.view = fold(this.view, event);
    this.#events = [...this.#events, event].slice(-KEPT);
  }

  /** Loses the log, and what was streaming with it: a new epoch. */
  crash(): void {
    this.view = { ...this.view, epoch: this.view.epoch + 1, seq: 0, streaming: [] };
    this.#events = [];
  }

  connect(): FakeConnection {
    return new FakeConnection(this);
  }

  /** The events behind `seq`, or null where the log no longer has them. */
  behind(epoch: number, seq: number): LogEvent[] | null {
    if (epoch !== this.view.epoch || seq > this.view.seq) return null;
    const missed = this.#events.filter((event) => event.seq > seq);
    return missed.length === this.view.seq - seq ? missed : null;
  }

  command(command: Command): ServerMessage {
    const { epoch } = this.view;
    const repeated = this.effects.has(command.id);
    if (!repeated) {
      const paused = command.type === "interview.pause";
      if (paused === this.view.paused) {
        const refused = { code: "wrong_phase", message: "Not now.", retryable: false, details: {} };
        return { type: "error", re: command.id, ...refused };
      }
      this.effects.set(command.id, 1);
      this.publish({ type: paused ? "interview.paused" : "interview.resumed", remaining_ms: null });
    }
    return { type: "ack", re: command.id, epoch, seq: this.view.seq, repeated };
  }
}

/** A connection is a cursor on the log, with what is said besides. */
export class FakeConnection {
  readonly #server: FakeServer;
  #cursor: { epoch: number; seq: number } | null = null;
  #said: ServerMessage[] = [];

  constructor(server: FakeServer) {
    this.#server = server;
  }

  receive(message: SessionOpen | Command | { type: "ping" }): void {
    if (message.type === "session.open") this.#open(message);
    else if (message.type === "ping") this.#said.push({ type: "pong" });
    else this.#said.push(this.#server.command(message));
  }

  /** Whether it fell behind the log's start: closed with 4101. */
  get slow(): boolean {
    return this.#cursor !== null && this.#server.behind(this.#cursor.epoch, this.#cursor.seq) === null;
  }

  /** What the client is sent next, or null. */
  next(): ServerMessage | null {
    const said = this.#said.shift();
    if (said !== undefined || this.#cursor === null) return said ?? null;
    const event = this.#server.behind(this.#cursor.epoch, this.#cursor.seq)?.[0];
    if (event === undefined) return null;
    this.#cursor = { epoch: event.epoch, seq: event.seq };
    return event;
  }

  #open({ id, resume }: SessionOpen): void {
    const { view } = this.#server;
    const resumed = resume != null && this.#server.behind(resume.epoch, resume.seq) !== null;
    const position = { epoch: view.epoch, seq: view.seq };
    this.#cursor = resumed ? { ...resume } : position;
    const answer = opened({ ...position, re: id, resumed });
    this.#said.push(resumed ? answer : { ...answer, snapshot: view });
  }
}
