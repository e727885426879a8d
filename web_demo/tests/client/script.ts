/** Plays the scripted servers of `tests/cases/client` to the core. Their README tells the format. */
import { expect } from "vitest";
import defaults from "../../../tests/cases/client/messages.json";
import type { AudioStart, AudioStop, Command, ServerMessage } from "../../src/client/contract/types.ts";
import { type Bytes, Core, type Output } from "../../src/client/core.ts";

type Json = Record<string, unknown>;

interface Step {
  at?: number;
  in: string | Json;
  out?: (string | Json)[];
  told?: unknown[] | null;
  sent?: number;
  [state: string]: unknown;
}

export interface Case {
  name: string;
  core?: { signs_in?: boolean; ticket?: string; observer?: boolean; chance?: number };
  after?: string;
  each?: unknown[];
  steps: Step[];
}

export interface File {
  preludes: Record<string, Step[]>;
  cases: Case[];
}

interface Answered {
  id: string;
  status: number;
  body?: unknown;
  problem?: Json;
}

interface Recalled {
  start: AudioStart;
  started: boolean;
  audio: number;
  stop?: AudioStop;
}

const TURN = 1;
const HEADER_BYTES = 8;
/** The byte at offset `i` of an answer is `i mod 251`. */
const PERIOD = 251;

const filled = defaults as unknown as Record<string, Json> & { snapshot: Json };

/** Takes all steps of a case, with `each` where it says so. */
export function play(file: File, { core = {}, after, steps }: Case, each: unknown): void {
  const player = new Player(core);
  const before = after === undefined ? [] : file.preludes[after];
  if (before === undefined) throw new Error(`no prelude ${String(after)}`);
  for (const step of [...before, ...steps]) player.take(withEach(step, each));
}

class Player {
  readonly #core: Core;
  #now = 0;
  #sent = 0;

  constructor({ chance = 0.5, signs_in, ticket, observer }: NonNullable<Case["core"]>) {
    let ids = 0;
    const newId = () => `new-${(ids += 1)}`;
    this.#core = new Core({ random: () => chance, newId, signsIn: signs_in, ticket, observer });
  }

  take(step: Step): void {
    this.#now = step.at ?? this.#now;
    const outputs = this.#give(step.in);
    if (step.told !== null) expect(outputs.flatMap(told), "told").toEqual(step.told ?? []);
    const performed = outputs.filter((output) => output.do !== "tell").map(shown);
    if (step.sent === undefined) expect(performed, "out").toEqual((step.out ?? []).map(holding));
    else this.#checkSent(step.sent, performed);
    this.#checkState(step);
  }

  #checkSent(until: number, performed: unknown[]): void {
    for (const output of performed) {
      const [offset = 0, bytes = 0] = (output as { send_audio: number[] }).send_audio;
      expect(offset).toBe(this.#sent);
      this.#sent += bytes;
    }
    expect(this.#sent).toBe(until);
  }

  #checkState(step: Step): void {
    const { link, view, inFlight, recorded, partial } = this.#core.state;
    const state: Json = {
      link: "error" in link ? { ...link, error: link.error?.code ?? null } : link,
      wake_at: this.#core.wakeAt,
      position: view && [view.epoch, view.seq],
      in_flight: inFlight.map(({ id }) => id),
      recorded,
      partial,
      view,
    };
    for (const [name, actual] of Object.entries(state)) {
      if (name in step) expect(actual, name).toEqual(holding(step[name]));
    }
  }

  #give(input: string | Json): Output[] {
    const [name, value] = typeof input === "string" ? [input, null] : (Object.entries(input)[0] ?? []);
    if (name === undefined) throw new Error("a step without an input");
    const give = this.#inputs[name];
    if (give === undefined) throw new Error(`no such input: ${name}`);
    return give(value);
  }

  readonly #inputs: Record<string, (value: unknown) => Output[]> = {
    start: () => this.#core.start(this.#now),
    leave: () => this.#core.leave(),
    tick: () => this.#core.tick(this.#now),
    nudge: () => this.#core.nudge(this.#now),
    heard: () => {
      this.#core.heard(this.#now);
      return [];
    },
    token: (value) => this.#core.renewed(String(value), this.#now),
    recall: (value) => {
      const { start, started, audio, stop = null } = value as Recalled;
      this.#core.recall({ start, started, stop, audio: spoken(0, audio) });
      return [];
    },
    send: (value) => this.#core.send(value as Command, this.#now),
    audio: (value) => this.#core.audio(TURN, spoken(this.#core.state.recorded, Number(value))),
    receive: (value) => this.#core.received(JSON.stringify(completed(value as Json)), this.#now),
    receive_text: (value) => this.#core.received(String(value), this.#now),
    closed: (value) => this.#core.closed(Number(value), this.#now),
    refused: (value) => {
      const { status, problem } = value as Answered;
      return this.#core.refused({ status, body: textOf(problem ?? "<html>") }, this.#now);
    },
    posted: (value) => {
      const { id, status, body = "" } = value as Answered;
      return this.#core.posted(id, { status, body: textOf(body) }, this.#now);
    },
    unposted: (value) => this.#core.unposted(String(value), this.#now),
  };
}

/** A message with what the case left out, by the rules that stand in `messages.json`. */
function completed(message: Json): Json {
  const type = String(message["type"]);
  const whole: Json = { ...filled[type], ...message };
  if (type !== "session.opened") return "seq" in whole ? { ...filled["event"], ...whole } : whole;
  const snapshot = message["snapshot"] as Json | undefined;
  if (snapshot === undefined) return { ...whole, resumed: message["resumed"] ?? true };
  const turns = ((snapshot["turns"] ?? filled.snapshot["turns"]) as Json[]).map((turn) => ({
    ...filled["turn"],
    ...turn,
  }));
  const { epoch, seq } = whole;
  return { ...whole, resumed: false, snapshot: { ...filled.snapshot, ...snapshot, turns, epoch, seq } };
}

function spoken(begin: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (begin + index) % PERIOD);
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function shown(output: Output): unknown {
  switch (output.do) {
    case "connect":
      return { connect: output.over, opening: output.opening };
    case "send":
      return { send: JSON.parse(output.frame) as Json };
    case "send_audio":
      return { send_audio: piece(output.frame) };
    case "post": {
      const { id, body, token } = output.post;
      const command = JSON.parse(body) as Json;
      expect(command["id"]).toBe(id);
      return { post: command, token };
    }
    case "settle": {
      const { id, outcome } = output;
      const code = outcome.result === "refused" ? [outcome.error.code] : [];
      return { settle: [id, outcome.result, ...code] };
    }
    default:
      return output.do;
  }
}

/** The offset and length of a binary frame, which has to hold that piece of the answer. */
function piece(frame: Bytes): [number, number] {
  const offset = Number(new DataView(frame.buffer).getBigUint64(0));
  const chunk = frame.subarray(HEADER_BYTES);
  expect(chunk).toEqual(spoken(offset, chunk.length));
  return [offset, chunk.length];
}

function told(output: Output): unknown[] {
  if (output.do !== "tell") return [];
  const message: ServerMessage = output.message;
  if (message.type === "session.opened") return ["view"];
  return [message.type === "error" ? message.code : message.seq];
}

/** What must be there, or the part of it that is asked for; null stands for "not there". */
function holding(expected: unknown): unknown {
  if (Array.isArray(expected)) return expected.map(holding);
  if (typeof expected !== "object" || expected === null) return expected;
  const entries = Object.entries(expected);
  const present = entries.filter(([, value]) => value !== null).map(([key, value]) => [key, holding(value)]);
  const absent = entries.filter(([, value]) => value === null).map(([key]) => key);
  const holds = expect.objectContaining(Object.fromEntries(present) as Json) as Matcher;
  return {
    asymmetricMatch: (actual: Json) =>
      holds.asymmetricMatch(actual) && absent.every((key) => actual[key] == null),
    toString: () => JSON.stringify(expected),
  };
}

interface Matcher {
  asymmetricMatch: (actual: unknown) => boolean;
}

/** The step with `value` where it says `"each"`. */
function withEach(step: Step, value: unknown): Step {
  return JSON.parse(JSON.stringify(step), (_, part: unknown) => (part === "each" ? value : part)) as Step;
}
