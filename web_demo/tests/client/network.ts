/**
 * A network between the core and a server in memory that loses, delays and blocks as it is told. What the core has sent
 * and was not answered waits here until somebody moves it on.
 */
import type { Command, SessionOpen } from "../../src/client/contract/types.ts";
import { Core, type Output, type Post, type Transport } from "../../src/client/core.ts";
import { type FakeConnection, FakeServer } from "./fake-server.ts";

const DONE = 1000;
const CUT = 1006;
const SLOW = 4101;
const UNAUTHENTICATED = 4401;

/** `opening` until the server has taken it; `ear` is the server's end. */
interface Way {
  over: Transport;
  opening: SessionOpen | null;
  toServer: string[];
  ear: FakeConnection;
}

export class World {
  readonly server = new FakeServer();
  readonly core: Core;
  readonly outcomes = new Map<string, string[]>();
  /** Whether no WebSocket gets through. */
  blocked = false;
  readonly #random: () => number;
  readonly #used = new Set<Transport>();
  #way: Way | null = null;
  #posts: Post[] = [];
  #tokens = 0;
  #valid: string | null = null;
  #over = false;
  #now = 0;
  #commands = 0;

  constructor(random: () => number) {
    this.#random = random;
    this.core = new Core({ random, newId: () => "own", signsIn: true });
    this.#perform(this.core.start(this.#now));
  }

  /** The transports on which a session was opened. */
  get used(): ReadonlySet<Transport> {
    return this.#used;
  }

  give(type: "interview.pause" | "interview.resume"): void {
    this.#commands += 1;
    this.#perform(this.core.send({ type, id: `c${this.#commands}` }, this.#now));
  }

  /** The application brings a token, if one is wanted. */
  renew(): boolean {
    const { link } = this.core.state;
    if (link.status !== "renewing" && !(link.status === "ending" && link.renewing)) return false;
    this.#tokens += 1;
    this.#valid = `t${this.#tokens}`;
    this.#perform(this.core.renewed(this.#valid, this.#now));
    return true;
  }

  /** The token runs out, and the connection is closed. */
  revoke(): void {
    if (this.core.state.link.status !== "open") return;
    this.#valid = null;
    this.close(UNAUTHENTICATED);
  }

  /** The connection ends; what was under way on it is lost, both ways. An event stream has no close code. */
  close(code: number): void {
    const way = this.#way;
    this.#way = null;
    if (way !== null) this.#perform(this.core.closed(way.over === "events" ? CUT : code, this.#now));
  }

  /** The interview is over: every connection is closed with 1000, and one by one the next. */
  end(): void {
    this.#over = true;
    this.close(DONE);
  }

  pass(ms: number): void {
    this.#now += ms;
    const { wakeAt } = this.core;
    if (wakeAt !== null && wakeAt <= this.#now) this.#perform(this.core.tick(this.#now));
  }

  /** The oldest of what the client has sent arrives, or else the next of what the server has to say. */
  deliver(): boolean {
    const way = this.#way;
    if (way === null) return false;
    if (way.opening !== null) {
      this.#open(way, way.opening);
      return true;
    }
    const frame = way.toServer.shift();
    if (frame !== undefined) {
      way.ear.receive(JSON.parse(frame) as Command);
      return true;
    }
    if (way.ear.slow) {
      this.close(SLOW);
      return true;
    }
    const message = way.ear.next();
    if (message !== null) this.#perform(this.core.received(JSON.stringify(message), this.#now));
    return message !== null;
  }

  /** A POSTed command arrives and is answered; `lost`: the answer is lost, or the command was. */
  answerPost(lost: "command" | "answer" | null = null): boolean {
    const post = this.#posts.shift();
    if (post === undefined) return false;
    const answer = lost === "command" ? null : this.#answer(post);
    if (lost === null && answer !== null) this.#perform(this.core.posted(post.id, answer, this.#now));
    else this.#perform(this.core.unposted(post.id, this.#now));
    return true;
  }

  #answer({ body, token }: Post): { status: number; body: string } {
    if (token !== this.#valid) return { status: 401, body: "" };
    const said = this.server.command(JSON.parse(body) as Command);
    if (said.type !== "error") return { status: 200, body: JSON.stringify(said) };
    const { code, message: detail, retryable, details } = said;
    return { status: 409, body: JSON.stringify({ code, detail, retryable, details }) };
  }

  #open(way: Way, opening: SessionOpen): void {
    way.opening = null;
    const mayEnter = opening.token === this.#valid;
    if (way.over === "websocket" && this.blocked) this.#refuse(403);
    else if (way.over === "websocket" && !mayEnter) this.close(UNAUTHENTICATED);
    else if (!mayEnter) this.#refuse(401);
    else if (this.#over && way.over === "websocket") this.close(DONE);
    else if (this.#over) this.#refuse(204);
    else {
      this.#used.add(way.over);
      way.ear.receive(opening);
    }
  }

  /** A browser doesn't tell how an upgrade was refused, so a blocked WebSocket may look like a cut one. */
  #refuse(status: number): void {
    const { over } = this.#way ?? {};
    this.#way = null;
    if (over === "websocket" && this.#random() < 0.5) this.#perform(this.core.closed(CUT, this.#now));
    else this.#perform(this.core.refused({ status, body: "<html>" }, this.#now));
  }

  #perform(outputs: Output[]): void {
    for (const output of outputs) this.#performOne(output);
  }

  #performOne(output: Output): void {
    switch (output.do) {
      case "connect": {
        const { over, opening } = output;
        this.#way = { over, opening, toServer: [], ear: this.server.connect() };
        return;
      }
      case "disconnect":
        this.#way = null;
        return;
      case "send":
        if (this.#way?.over !== "websocket") throw new Error("a frame without a WebSocket");
        this.#way.toServer.push(output.frame);
        return;
      case "post":
        if (this.#posts.length > 0) throw new Error("two POSTs at a time");
        this.#posts.push(output.post);
        return;
      case "settle": {
        const before = this.outcomes.get(output.id) ?? [];
        this.outcomes.set(output.id, [...before, output.outcome.result]);
        return;
      }
      default:
    }
  }
}
