/** What is spoken to a client is kept as it is spoken, and goes when the client has it no more. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeptAnswer } from "../../src/client/core.ts";
import type { ServerMessage, Snapshot } from "../../src/client/contract/types.ts";
import { type Heard, InterviewClient } from "../../src/client/networked/interview-client.ts";
import type { Found } from "../../src/microphone/keep.ts";
import { Keeping } from "../../src/microphone/keeping.ts";
import { type Happening, opened, placed, snapshot, turn } from "../client/samples.ts";
import { RecordingsInMemory } from "./fakes.ts";

const RATE = 8_000;
const SECOND = 2 * RATE;
const answering: Partial<Snapshot> = { phase: "answering", turns: [turn()] };
const started: Happening = {
  type: "audio.started",
  turn: 1,
  sample_rate: RATE,
  silence_ms: null,
  review: false,
};

class World {
  readonly recordings: RecordingsInMemory;
  readonly client: InterviewClient;
  readonly keeping: Keeping;
  #heard: Heard | null = null;
  #seq = 0;
  #said = 0;

  constructor(recordings = new RecordingsInMemory(), kept: KeptAnswer | null = null) {
    let ids = 0;
    this.recordings = recordings;
    this.client = new InterviewClient({
      connect: (_, heard) => {
        this.#heard = heard;
        return { send: () => undefined, sendAudio: () => undefined, close: () => undefined };
      },
      now: () => Date.now(),
      random: () => 0.5,
      newId: () => `id-${(ids += 1)}`,
    });
    if (kept !== null) this.client.recall(kept);
    this.keeping = new Keeping(this.client, recordings, "i1", kept);
    this.keeping.attend();
    this.client.start();
  }

  hear(message: ServerMessage): void {
    this.#heard?.frame(JSON.stringify(message));
  }

  open(changes: Partial<Snapshot> = answering): void {
    this.hear(opened({ snapshot: snapshot(changes) }));
  }

  async happen(...happenings: Happening[]): Promise<void> {
    for (const happening of happenings) this.hear(placed(happening, (this.#seq += 1)));
    await settled();
  }

  begin(id = "a"): void {
    void this.client.command({ type: "audio.start", turn: 1, sample_rate: RATE }, id);
  }

  /** The byte at offset `i` of an answer is `i mod 251`. */
  async say(bytes: number): Promise<void> {
    const from = this.#said;
    this.#said += bytes;
    this.client.speak(1, spoken(from, this.#said));
    await settled();
  }

  /** Another window has the interview now. */
  displace(): void {
    this.#heard?.closed(4409);
  }

  async kept(): Promise<KeptAnswer | null> {
    await settled();
    return certain(await this.recordings.find("i1"));
  }
}

function certain(found: Found): KeptAnswer | null {
  if (found === "unknown") throw new Error("It couldn't be read");
  return found;
}

function spoken(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, index) => (from + index) % 251);
}

/** Every write that was begun is done. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await Promise.resolve();
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what is spoken", () => {
  it("is kept in pieces of a second, a quarter of one at a time", async () => {
    const world = new World();
    world.open();
    world.begin();
    await world.say(SECOND / 8);
    expect(await world.kept()).toMatchObject({ started: false, audio: new Uint8Array() });
    await world.say(SECOND / 8);
    expect((await world.kept())?.audio).toEqual(spoken(0, SECOND / 4));
    await world.happen(started);
    await world.say(3 * SECOND);
    const kept = await world.kept();
    expect(kept?.started).toBe(true);
    expect(kept?.audio).toEqual(spoken(0, 3.25 * SECOND));
    const pieces = world.recordings.kept[0]?.pieces.map(({ length }) => length);
    expect(pieces).toEqual([SECOND, SECOND, SECOND, SECOND / 4]);
  });

  it("is kept to the last sample when it ends, or when the page may be about to go", async () => {
    const world = new World();
    world.open();
    world.begin();
    await world.say(SECOND + 10);
    await world.say(20);
    expect((await world.kept())?.audio.length).toBe(SECOND);
    world.keeping.flush();
    expect((await world.kept())?.audio.length).toBe(SECOND + 30);
    await world.say(40);
    void world.client.stopSpeaking(1);
    const kept = await world.kept();
    expect(kept?.audio.length).toBe(SECOND + 70);
    expect(kept?.stop).toMatchObject({ type: "audio.stop", bytes: SECOND + 70 });
  });

  it.each<[string, Happening]>([
    ["accepted", { type: "answer.accepted", turn: 1, text: "I did.", source: "voice", delivery: null }],
    ["skipped", { type: "answer.skipped", turn: 1 }],
    ["cancelled", { type: "audio.cancelled", turn: 1 }],
    ["over with the interview", { type: "interview.finished", reason: "requested" }],
  ])("goes when it is %s", async (_, end) => {
    const world = new World();
    world.open();
    world.begin();
    await world.happen(started);
    await world.say(SECOND);
    expect(await world.kept()).not.toBeNull();
    await world.happen(end);
    expect(await world.kept()).toBeNull();
  });

  it("goes as soon as it is to be dropped, however far the server is", async () => {
    const world = new World();
    world.open();
    world.begin();
    await world.happen(started);
    await world.say(SECOND);
    void world.client.command({ type: "audio.cancel", turn: 1 });
    expect(await world.kept()).toBeNull();
    await world.say(SECOND);
    expect(await world.kept()).toBeNull();
  });

  it("goes on being kept by the next page, from where it was", async () => {
    const before = new World();
    before.open();
    before.begin();
    await before.happen(started);
    await before.say(1.5 * SECOND);
    const kept = await before.kept();
    const { writes } = before.recordings;
    const after = new World(before.recordings, kept);
    const audio = { id: "a", turn: 1, received: SECOND, bytes: null, partial: "I" };
    after.hear(opened({ snapshot: snapshot({ ...answering, phase: "listening" }), audio }));
    await settled();
    expect(after.recordings.writes).toBe(writes);
    after.client.speak(1, spoken(1.5 * SECOND, 2 * SECOND));
    expect((await after.kept())?.audio).toEqual(spoken(0, 2 * SECOND));
  });

  it("that the server knows as answered goes, when the next page learns it", async () => {
    const before = new World();
    before.open();
    before.begin();
    await before.happen(started);
    await before.say(SECOND);
    const after = new World(before.recordings, await before.kept());
    after.open({ phase: "evaluating", turns: [turn({ answer: "I did.", source: "voice" })] });
    expect(await after.kept()).toBeNull();
  });
});

describe("another tab's answer", () => {
  it.each<[string, (first: World) => Promise<void>]>([
    ["begins", (first) => first.happen(started)],
    ["goes on", (first) => first.say(SECOND)],
    ["is dropped", (first) => first.happen(started, { type: "audio.cancelled", turn: 1 })],
  ])("stays when the one here %s", async (_, happens) => {
    const first = new World();
    first.open();
    first.begin("a");
    await first.say(SECOND);
    const other = new World(first.recordings);
    other.open();
    other.begin("b");
    await other.say(2 * SECOND);
    await happens(first);
    expect(await other.kept()).toMatchObject({ start: { id: "b" }, audio: spoken(0, 2 * SECOND) });
  });

  it("that goes on with the one from here isn't shortened by what is left here", async () => {
    const displaced = new World();
    displaced.open();
    displaced.begin("a");
    await displaced.happen(started);
    await displaced.say(SECOND + 10);
    await displaced.say(20);
    const other = new World(displaced.recordings, await displaced.kept());
    const audio = { id: "a", turn: 1, received: SECOND, bytes: null, partial: "" };
    other.hear(opened({ snapshot: snapshot({ ...answering, phase: "listening" }), audio }));
    other.client.speak(1, spoken(SECOND, 3 * SECOND));
    await settled();
    displaced.displace();
    displaced.keeping.flush();
    expect((await other.kept())?.audio.length).toBe(3 * SECOND);
  });
});

it("of two answers that follow each other while the disk is slow, only the second is kept", async () => {
  const world = new World();
  world.open();
  world.begin("a");
  await world.happen(started);
  const done = world.recordings.hold();
  await world.say(SECOND);
  await world.happen({ type: "audio.cancelled", turn: 1 });
  world.begin("b");
  await settled();
  done();
  await settled();
  expect(world.recordings.kept.map(({ head }) => head.start.id)).toEqual(["b"]);
});

describe("a full disk", () => {
  it("is told, and leaves no part of an answer; the next one is tried again", async () => {
    const world = new World();
    let told = 0;
    world.keeping.subscribe(() => {
      told += 1;
    });
    world.open();
    world.begin();
    await world.happen(started);
    await world.say(SECOND);
    world.recordings.full = true;
    await world.say(SECOND);
    expect([world.keeping.fails, told, await world.kept()]).toEqual([true, 1, null]);
    world.recordings.full = false;
    await world.say(SECOND);
    expect(await world.kept()).toBeNull();
    await world.happen({ type: "audio.cancelled", turn: 1 });
    expect(world.keeping.fails).toBe(false);
    world.begin("b");
    await world.say(SECOND);
    expect((await world.kept())?.audio.length).toBe(SECOND);
  });
});
