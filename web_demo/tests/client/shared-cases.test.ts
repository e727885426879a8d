/**
 * The cases that every client shares (`tests/cases/client/README.md`), as far as this one goes: a candidate over
 * WebSocket, by text. What it isn't (an observer, a client that asks for tokens while it runs) is left out by what
 * the case itself asks for, so that a new case is run, or fails.
 */
import { describe, expect, it } from "vitest";
import closing from "../../../tests/cases/client/closing.json";
import commands from "../../../tests/cases/client/commands.json";
import defaults from "../../../tests/cases/client/messages.json";
import opening from "../../../tests/cases/client/opening.json";
import type { Command, ServerMessage } from "../../src/client/contract/types.ts";
import { Core, type Link, type Output } from "../../src/client/core.ts";

type Json = Record<string, unknown>;

interface Step {
  at?: number;
  in: string | Json;
  out?: (string | Json)[];
  told?: unknown[] | null;
  link?: Json;
  wake_at?: number | null;
  position?: number[];
  in_flight?: string[];
  view?: Json;
}

interface Case {
  name: string;
  core?: { signs_in?: boolean; ticket?: string; observer?: boolean; chance?: number };
  after?: string;
  each?: unknown[];
  steps: Step[];
}

interface File {
  preludes: Record<string, Step[]>;
  cases: Case[];
}

const filled = defaults as unknown as Record<string, Json> & { snapshot: Json };

/** A message with what the case left out, by the rules that stand in `messages.json`. */
function completed(message: Json): Json {
  const type = String(message["type"]);
  const whole: Json = { ...filled[type], ...message };
  if (type !== "session.opened") return "seq" in whole ? { epoch: 1, at: 1_000, ...whole } : whole;
  const snapshot = message["snapshot"] as Json | undefined;
  if (snapshot === undefined) return { ...whole, resumed: message["resumed"] ?? true };
  const turns = ((snapshot["turns"] ?? filled.snapshot["turns"]) as Json[]).map((turn) => ({
    ...filled["turn"],
    ...turn,
  }));
  const { epoch, seq } = whole;
  return { ...whole, resumed: false, snapshot: { ...filled.snapshot, ...snapshot, turns, epoch, seq } };
}

class Play {
  readonly #core: Core;
  #now = 0;

  constructor(chance: number) {
    this.#core = new Core({ random: () => chance });
  }

  take(step: Step): void {
    this.#now = step.at ?? this.#now;
    const outputs = this.#give(step.in);
    expect(outputs.filter((output) => output.do !== "tell").map(shown)).toEqual((step.out ?? []).map(wanted));
    if (step.told !== null) expect(outputs.flatMap(told), "told").toEqual(step.told ?? []);
    this.#check(step);
  }

  #check({ link, wake_at, position, in_flight, view }: Step): void {
    const { state } = this.#core;
    if (link !== undefined) expect(shownLink(state.link)).toMatchObject(without(link, "over"));
    if (wake_at !== undefined) expect(this.#core.wakeAt).toBe(wake_at);
    if (position !== undefined) expect([state.view?.epoch, state.view?.seq]).toEqual(position);
    if (in_flight !== undefined) expect(state.inFlight.map(({ id }) => id)).toEqual(in_flight);
    if (view !== undefined) expect(state.view).toMatchObject(view);
  }

  #give(input: string | Json): Output[] {
    const core = this.#core;
    if (input === "start") return core.start(this.#now);
    if (input === "leave") return core.leave();
    if (input === "tick") return core.tick(this.#now);
    if (input === "nudge") return core.nudge(this.#now);
    if (typeof input === "string") throw new Error(`unknown input ${input}`);
    if ("send" in input) return core.send(input["send"] as Command);
    if ("receive" in input)
      return core.received(JSON.stringify(completed(input["receive"] as Json)), this.#now);
    if ("receive_text" in input) return core.received(String(input["receive_text"]), this.#now);
    if ("closed" in input) return core.closed(Number(input["closed"]), this.#now);
    throw new Error(`unknown input ${JSON.stringify(input)}`);
  }
}

function shownLink(link: Link): unknown {
  return "error" in link ? { ...link, error: link.error?.code ?? null } : link;
}

function shown(output: Output): unknown {
  if (output.do === "connect") return { connect: "websocket", opening: output.opening };
  if (output.do === "send") return { send: JSON.parse(output.frame) as Json };
  if (output.do !== "settle") return output.do;
  const { id, outcome } = output;
  return {
    settle: outcome.result === "refused" ? [id, "refused", outcome.error.code] : [id, outcome.result],
  };
}

/** What an output must be, or hold; null stands for "not there". */
function wanted(output: string | Json): unknown {
  if (typeof output === "string" || "settle" in output) return output;
  const present = Object.entries(output).map(([key, value]) => [
    key,
    typeof value === "object" ? holding(value as Json) : value,
  ]);
  return expect.objectContaining(Object.fromEntries(present)) as unknown;
}

function holding(object: Json): unknown {
  const absent = Object.keys(object).filter((key) => object[key] === null);
  const rest = without(object, ...absent);
  const holds = expect.objectContaining(rest) as { asymmetricMatch: (other: unknown) => boolean };
  return {
    asymmetricMatch: (other: Json) =>
      holds.asymmetricMatch(other) && absent.every((key) => other[key] == null),
    toString: () => JSON.stringify(object),
  };
}

function without(object: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function told(output: Output): unknown[] {
  if (output.do !== "tell") return [];
  const message: ServerMessage = output.message;
  if (message.type === "session.opened") return message.snapshot === undefined ? [] : ["view"];
  if (message.type === "error") return message.re === null ? [message.code] : [];
  return "seq" in message && message.type !== "ack" ? [message.seq] : [];
}

/** The step with `value` where it says `"each"`. */
function withEach(step: Step, value: unknown): Step {
  return JSON.parse(JSON.stringify(step), (_, part: unknown) => (part === "each" ? value : part)) as Step;
}

function isOurs({ core = {} }: Case): boolean {
  return core.signs_in !== true && core.ticket === undefined && core.observer !== true;
}

for (const [name, file] of Object.entries({ opening, commands, closing })) {
  const { preludes, cases } = file as unknown as File;
  describe(name, () => {
    for (const { name: title, core, after, each = [null], steps } of cases.filter(isOurs)) {
      it.each(each)(`${title} %s`, (value) => {
        const play = new Play(core?.chance ?? 0.5);
        for (const step of after === undefined ? [] : (preludes[after] ?? [])) play.take(step);
        for (const step of steps) play.take(withEach(step, value));
      });
    }
  });
}
