/** Recordings in a browser's database, against one that is the same in memory. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AudioStart } from "../../src/client/contract/types.ts";
import { ANSWERS_WITHIN_MS, IndexedRecordings, pieceBytes } from "../../src/microphone/keep.ts";

const START: AudioStart = { type: "audio.start", id: "a", turn: 2, sample_rate: 8_000 };
const SECOND = pieceBytes(START);
const HEAD = { start: START, started: false, stop: null };
const HOUR_MS = 3_600_000;

let factory: IDBFactory;
let now = 0;
beforeEach(() => {
  factory = new IDBFactory();
  now = 1_000;
});

const recordings = () => new IndexedRecordings(factory, () => now);
const piece = (fill: number, bytes = SECOND) => new Uint8Array(bytes).fill(fill);

describe("what is kept", () => {
  it("is found again by another page, as far as it came", async () => {
    const page = recordings();
    const stop = { type: "audio.stop", id: "b", turn: 2, bytes: SECOND + 100 } as const;
    expect(await page.keep("i1", HEAD)).toBe(true);
    expect(await page.keepPiece("i1", START, 0, piece(1))).toBe(true);
    expect(await page.keepPiece("i1", START, 1, piece(2, 40))).toBe(true);
    expect(await page.keepPiece("i1", START, 1, piece(2, 100))).toBe(true);
    expect(await page.keep("i1", { start: START, started: true, stop })).toBe(true);
    const found = await recordings().find("i1");
    expect(found).toMatchObject({ start: START, started: true, stop });
    expect([...(found?.audio ?? [])]).toEqual([...piece(1), ...piece(2, 100)]);
    expect(await recordings().find("i2")).toBeNull();
  });

  it("ends where a piece is missing, or isn't whole", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    await page.keepPiece("i1", START, 2, piece(3));
    expect((await page.find("i1"))?.audio.length).toBe(SECOND);
    await page.keepPiece("i1", START, 1, piece(2, 50));
    expect((await page.find("i1"))?.audio.length).toBe(SECOND + 50);
  });

  it("is one answer for each interview: the next one's takes its place", async () => {
    const page = recordings();
    const next = { ...START, id: "z" };
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    await page.keep("i2", HEAD);
    await page.keepPiece("i2", START, 0, piece(9));
    await page.keep("i1", { ...HEAD, start: next });
    expect(await page.keepPiece("i1", START, 1, piece(2))).toBe(false);
    expect(await page.find("i1")).toMatchObject({ start: next, audio: new Uint8Array() });
    expect((await page.find("i2"))?.audio).toEqual(piece(9));
  });

  it("goes when it isn't wanted any more", async () => {
    const page = recordings();
    for (const interview of ["i1", "i2", "i3"]) {
      await page.keep(interview, HEAD);
      await page.keepPiece(interview, START, 0, piece(1));
    }
    await page.forget("i1");
    expect(await page.find("i1")).toBeNull();
    expect(await page.keepPiece("i1", START, 1, piece(2))).toBe(false);
    expect((await page.find("i2"))?.audio.length).toBe(SECOND);
    await page.forgetAll();
    expect([await page.find("i2"), await page.find("i3")]).toEqual([null, null]);
    await page.keep("i1", HEAD);
    expect((await page.find("i1"))?.audio.length).toBe(0);
  });

  it("goes only if it is the answer that is meant, where one is named", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    await page.forget("i1", "z");
    expect((await page.find("i1"))?.audio.length).toBe(SECOND);
    await page.forget("i1", START.id);
    expect(await page.find("i1")).toBeNull();
    await page.keep("i1", HEAD);
    expect((await page.find("i1"))?.audio.length).toBe(0);
  });

  it("goes after a day, whatever is looked for", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    now += 23 * HOUR_MS;
    await page.keep("i1", { ...HEAD, started: true });
    expect(await page.find("i2")).toBeNull();
    expect((await page.find("i1"))?.audio.length).toBe(SECOND);
    now += 2 * HOUR_MS;
    expect(await page.find("i2")).toBeNull();
    expect(await page.find("i1")).toBeNull();
    await page.keep("i1", HEAD);
    expect((await page.find("i1"))?.audio.length).toBe(0);
  });
});

describe("a browser that keeps nothing", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("says so, and is asked again", async () => {
    let refuses = true;
    const open = (name: string, version: number) => {
      if (refuses) throw new DOMException("Not here", "SecurityError");
      return factory.open(name, version);
    };
    const page = new IndexedRecordings({ open } as unknown as IDBFactory, () => now);
    expect([await page.find("i1"), await page.keep("i1", HEAD)]).toEqual([null, false]);
    await page.forget("i1");
    refuses = false;
    expect(await page.keep("i1", HEAD)).toBe(true);
  });

  it("isn't waited for without end", async () => {
    vi.useFakeTimers();
    const mute = { open: () => ({}) } as unknown as IDBFactory;
    const found = new IndexedRecordings(mute, () => now).find("i1");
    await vi.advanceTimersByTimeAsync(ANSWERS_WITHIN_MS);
    expect(await found).toBeNull();
  });
});
