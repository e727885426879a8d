/**
 * The core against a server, over a link that is cut, delayed and lost at random, with a server that crashes: in the
 * end the client's view is the server's, each command had one outcome, and each took effect as often as it was
 * acknowledged (`protocol.md` 1). A failure names its seed.
 */
import { describe, expect, it } from "vitest";
import type { Command, SessionOpen } from "../../src/client/contract/types.ts";
import { Core, type Output } from "../../src/client/core.ts";
import { type FakeConnection, FakeServer } from "./fake-server.ts";

const INTERVIEWS = 400;
const STEPS = 120;

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class World {
  readonly server = new FakeServer();
  readonly outcomes = new Map<string, string[]>();
  readonly #random: () => number;
  readonly #core: Core;
  #toServer: string[] = [];
  #connection: FakeConnection | null = null;
  #now = 0;
  #commands = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#core = new Core({ random: this.#random });
    this.#perform(this.#core.start(this.#now));
  }

  get view() {
    return this.#core.state.view;
  }

  step(): void {
    const chance = this.#random();
    if (chance < 0.12) this.#command();
    else if (chance < 0.3) this.#happen();
    else if (chance < 0.36) this.#cut(1006);
    else if (chance < 0.38) this.#crash();
    else if (chance < 0.5) this.#pass(this.#random() * 15_000);
    else this.#deliver();
  }

  /** Nothing goes wrong any more, until nothing is left to do. */
  settle(): void {
    for (let round = 0, quiet = 0; quiet < 5; round += 1) {
      if (round > 5_000) throw new Error("never at rest");
      const moved = this.#deliver();
      if (!moved) this.#pass(1_000);
      const open = this.#core.state.link.status === "open" && this.#core.state.inFlight.length === 0;
      quiet = !moved && open ? quiet + 1 : 0;
    }
  }

  #command(): void {
    this.#commands += 1;
    const type = this.#random() < 0.5 ? "interview.pause" : "interview.resume";
    this.#perform(this.#core.send({ type, id: `c${this.#commands}` }));
  }

  #happen(): void {
    const open = this.server.view.streaming[0];
    if (open === undefined) this.server.publish({ type: "hint.started", turn: 1 });
    else if (this.#random() < 0.7) this.server.publish({ type: "hint.delta", turn: 1, text: "ha" });
    else this.server.publish({ type: "hint.completed", turn: 1, text: open.text, cancelled: false });
  }

  /** What was under way on the connection is lost, in both directions. */
  #cut(code: number): void {
    this.#connection = null;
    this.#toServer = [];
    this.#perform(this.#core.closed(code, this.#now));
  }

  #crash(): void {
    this.server.crash();
    this.#cut(4104);
  }

  #pass(ms: number): void {
    this.#now += ms;
    const { wakeAt } = this.#core;
    if (wakeAt !== null && wakeAt <= this.#now) this.#perform(this.#core.tick(this.#now));
  }

  /** Moves one frame in one direction. */
  #deliver(): boolean {
    const connection = this.#connection;
    if (connection === null) return false;
    const frame = this.#toServer.shift();
    if (frame !== undefined) {
      connection.receive(JSON.parse(frame) as SessionOpen | Command);
      return true;
    }
    if (connection.slow) {
      this.#cut(4101);
      return true;
    }
    const message = connection.next();
    if (message !== null) this.#perform(this.#core.received(JSON.stringify(message), this.#now));
    return message !== null;
  }

  #perform(outputs: Output[]): void {
    for (const output of outputs) {
      if (output.do === "connect") {
        this.#connection = this.server.connect();
        this.#toServer = [JSON.stringify(output.opening)];
      } else if (output.do === "disconnect") this.#connection = null;
      else if (output.do === "send") this.#toServer.push(output.frame);
      else if (output.do === "settle") {
        this.outcomes.set(output.id, [...(this.outcomes.get(output.id) ?? []), output.outcome.result]);
      }
    }
  }
}

describe("a client and a server over a bad link", () => {
  it("agree in the end", () => {
    let acked = 0;
    for (let seed = 1; seed <= INTERVIEWS; seed += 1) {
      const world = new World(seed);
      for (let step = 0; step < STEPS; step += 1) world.step();
      world.settle();
      expect(world.view, `seed ${seed}`).toEqual(world.server.view);
      const settled = [...world.outcomes].filter(([, results]) => results[0] === "acked").map(([id]) => id);
      expect(settled.sort(), `seed ${seed}`).toEqual([...world.server.effects.keys()].sort());
      for (const [id, results] of world.outcomes) expect(results, `seed ${seed}: ${id}`).toHaveLength(1);
      acked += settled.length;
    }
    expect(acked).toBeGreaterThan(INTERVIEWS);
  });
});
