/** Recordings in a browser's database, against one that is the same in memory. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AudioStart } from "../../src/client/contract/types.ts";
import {
  ANSWERS_WITHIN_MS,
  FINDS_WITHIN_MS,
  IndexedRecordings,
  pieceBytes,
} from "../../src/microphone/keep.ts";

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
/** What is found, which has to be certain. */
async function found(page: IndexedRecordings, interview: string) {
  const kept = await page.find(interview);
  if (kept === "unknown") throw new Error("It couldn't be read");
  return kept;
}
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
    const kept = await found(recordings(), "i1");
    expect(kept).toMatchObject({ start: START, started: true, stop });
    expect([...(kept?.audio ?? [])]).toEqual([...piece(1), ...piece(2, 100)]);
    expect(await recordings().find("i2")).toBeNull();
  });

  it("ends where a piece is missing, or isn't whole", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    await page.keepPiece("i1", START, 2, piece(3));
    expect((await found(page, "i1"))?.audio.length).toBe(SECOND);
    await page.keepPiece("i1", START, 1, piece(2, 50));
    expect((await found(page, "i1"))?.audio.length).toBe(SECOND + 50);
  });

  it("of another tab stays as it is, and the newest is found", async () => {
    const [page, other] = [recordings(), recordings()];
    const next = { ...START, id: "z" };
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    now += 1;
    await other.keep("i1", { ...HEAD, start: next });
    await other.keepPiece("i1", next, 0, piece(9));
    await page.keep("i1", { ...HEAD, started: true });
    expect(await page.keepPiece("i1", START, 1, piece(2))).toBe(true);
    expect(await found(page, "i1")).toMatchObject({ start: next, started: false, audio: piece(9) });
    await other.forget("i1", "z");
    expect(await found(page, "i1")).toMatchObject({ start: START, started: true });
    expect((await found(page, "i1"))?.audio.length).toBe(2 * SECOND);
  });

  it("in an older form goes", async () => {
    const old = factory.open("viva.recordings", 1);
    old.onupgradeneeded = () => {
      old.result.createObjectStore("answers", { keyPath: "interview" });
      old.result.createObjectStore("pieces", { keyPath: ["interview", "answer", "index"] });
    };
    await new Promise((resolve) => {
      old.onsuccess = resolve;
    });
    old.result
      .transaction("answers", "readwrite")
      .objectStore("answers")
      .put({ interview: "i1", ...HEAD });
    old.result.close();
    const page = recordings();
    expect(await found(page, "i1")).toBeNull();
    expect(await page.keep("i1", HEAD)).toBe(true);
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
    expect((await found(page, "i2"))?.audio.length).toBe(SECOND);
    await page.forgetAll();
    expect([await page.find("i2"), await page.find("i3")]).toEqual([null, null]);
    await page.keep("i1", HEAD);
    expect((await found(page, "i1"))?.audio.length).toBe(0);
  });

  it("goes only if it is the answer that is meant, where one is named", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    await page.forget("i1", "z");
    expect((await found(page, "i1"))?.audio.length).toBe(SECOND);
    await page.forget("i1", START.id);
    expect(await page.find("i1")).toBeNull();
    await page.keep("i1", HEAD);
    expect((await found(page, "i1"))?.audio.length).toBe(0);
  });

  it("goes after a day, whatever is looked for", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    await page.keepPiece("i1", START, 0, piece(1));
    now += 23 * HOUR_MS;
    await page.keep("i1", { ...HEAD, started: true });
    expect(await page.find("i2")).toBeNull();
    expect((await found(page, "i1"))?.audio.length).toBe(SECOND);
    now += 2 * HOUR_MS;
    expect(await page.find("i1")).toBeNull();
    expect(await page.find("i2")).toBeNull();
    await page.keep("i1", HEAD);
    expect((await found(page, "i1"))?.audio.length).toBe(0);
  });

  it("goes after a day, where nothing is looked for", async () => {
    const page = recordings();
    await page.keep("i1", HEAD);
    now += 25 * HOUR_MS;
    await page.keep("i2", HEAD);
    await page.sweep();
    now -= 25 * HOUR_MS;
    expect([await page.find("i1"), (await found(page, "i2"))?.start]).toEqual([null, START]);
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
    expect([await page.find("i1"), await page.keep("i1", HEAD)]).toEqual(["unknown", false]);
    await page.forget("i1");
    refuses = false;
    expect(await page.keep("i1", HEAD)).toBe(true);
  });

  it("isn't waited for without end", async () => {
    vi.useFakeTimers();
    const mute = { open: () => ({}) } as unknown as IDBFactory;
    const page = new IndexedRecordings(mute, () => now);
    const [kept, looked] = [page.keep("i1", HEAD), page.find("i1")];
    await vi.advanceTimersByTimeAsync(ANSWERS_WITHIN_MS);
    expect(await kept).toBe(false);
    await vi.advanceTimersByTimeAsync(FINDS_WITHIN_MS - ANSWERS_WITHIN_MS);
    expect(await looked).toBe("unknown");
  });

  it("may take its time to find what was said", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await recordings().keep("i1", HEAD);
    const request = factory.open("viva.recordings", 2);
    const slow = { open: () => request } as unknown as IDBFactory;
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    const looked = new IndexedRecordings(slow, () => now).find("i1");
    await vi.advanceTimersByTimeAsync(FINDS_WITHIN_MS - 1);
    request.onsuccess?.call(request, new Event("success"));
    expect(await looked).toMatchObject({ start: START });
  });
});
