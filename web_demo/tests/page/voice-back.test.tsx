// @vitest-environment happy-dom
/** Coming back to a spoken answer: from another window, from a long outage, to a disk that is slow to say what it kept. */
import { act, cleanup, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { SessionOpened, Snapshot } from "../../src/client/contract/types.ts";
import { opened, turn } from "../client/samples.ts";
import { RecordingsInMemory } from "../microphone/fakes.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
import { ownPageAndClockEachTest } from "./lifetime.ts";
import {
  SECOND,
  accepted,
  ack,
  answering,
  began,
  field,
  hear,
  listening,
  pageWith,
  panel,
  press,
  said,
  settled,
  speaking,
  speaks,
  types,
} from "./voice-page.tsx";

const DROPPED = "What you had said was discarded on another device or in another tab. You can answer anew.";
const FULL = "That is as long as a spoken answer may be, so it was ended.";

ownPageAndClockEachTest();

type Progress = NonNullable<SessionOpened["audio"]>;
const progress = (changes: Partial<Progress> = {}): Progress => ({
  ...{ id: "id-1", turn: 1, received: SECOND, bytes: null, partial: "" },
  ...changes,
});

const open = (page: Page, changes: Partial<Snapshot>, audio?: Progress) =>
  page.open(changes, { capabilities: speaks, ...(audio === undefined ? {} : { audio }) });

/** Another window has the interview for a while. */
async function takenBack(page: Page): Promise<void> {
  await page.close(4409);
  page.sent = [];
  await press("Continue here");
}

describe("an answer, taken back from another window", () => {
  it("that the server doesn't know of is begun under its id, once", async () => {
    const page = await pageWith(answering);
    await press("Answer by voice");
    await hear(page, 4 * SECOND);
    const [start] = page.sent;
    await takenBack(page);
    await open(page, answering);
    expect(page.sent).toEqual([start]);
    await page.hear({ type: "ack", re: "id-1", epoch: 1, seq: 1, repeated: false });
    await page.happen(began);
    expect([page.heardBytes, types(page)]).toEqual([4 * SECOND, ["audio.start"]]);
    expect(panel().textContent).toContain("Your recording up to 0:04 is safe.");
  });

  it("that was ended, and the server doesn't know it, is ended under its id, once", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    await press("Done speaking");
    const stop = page.sent.at(-1);
    await takenBack(page);
    await open(page, listening, progress());
    expect(page.sent).toEqual([stop]);
    expect(panel().textContent).toContain("Transcribing your answer…");
  });

  it("and whose end the server knows goes on as it stands", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    await press("Done speaking");
    const stop = page.sent.at(-1);
    await page.happen({ type: "audio.stopped", turn: 1, bytes: 2 * SECOND, reason: "requested" });
    page.heardBytes = 0;
    await takenBack(page);
    await open(page, { ...answering, phase: "transcribing" }, progress({ bytes: 2 * SECOND }));
    // Given again, it does nothing: it has its id.
    expect([page.sent, page.heardBytes]).toEqual([[stop], SECOND]);
  });

  it("goes on with what another tab has said to it meanwhile", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await page.close(4409);
    const start = page.recordings.kept[0]?.head.start;
    if (start === undefined) throw new Error("It wasn't kept");
    await page.recordings.keepPiece("i1", start, 1, new Uint8Array(SECOND).fill(9));
    page.heardBytes = 0;
    await press("Continue here");
    await open(page, listening, progress({ received: 0 }));
    expect(page.heardBytes).toBe(2 * SECOND);
  });

  it("that was being dropped is dropped", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await press("Discard");
    page.heardBytes = 0;
    await takenBack(page);
    await open(page, listening, progress({ received: 0 }));
    expect([types(page), page.heardBytes]).toEqual([["audio.cancel"], 0]);
  });

  it("is there where the browser keeps nothing", async () => {
    const page = await pageWith(answering);
    page.recordings.full = true;
    await press("Answer by voice");
    await page.happen(began);
    await hear(page, 2 * SECOND);
    page.heardBytes = 0;
    await takenBack(page);
    await open(page, listening, progress());
    expect([types(page), page.heardBytes]).toEqual([[], SECOND]);
  });
});

describe("an answer that was dropped elsewhere", () => {
  it("while nobody listened is let go of, and its candidate is told", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    page.heardBytes = 0;
    await takenBack(page);
    await open(page, listening, progress({ id: "theirs" }));
    // Nobody has that other answer's audio: it is cancelled, too.
    expect([page.heardBytes, types(page), page.recordings.kept]).toEqual([0, ["audio.cancel"], []]);
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect([field().readOnly, said()]).toEqual([false, DROPPED]);
    expect(screen.getAllByText(DROPPED)).toHaveLength(2);
  });

  it("and the server's history lost is told as well", async () => {
    const page = await speaking();
    await ack(page);
    await hear(page, SECOND);
    await page.close(4104);
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    await open(page, answering);
    expect([said(), page.recordings.kept]).toEqual([DROPPED, []]);
  });

  it("is told at once, until another begins", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect(said()).toBe(DROPPED);
    expect(page.microphone.capture.closed).toBe(true);
    await press("Answer by voice");
    await page.happen(began);
    expect(screen.getAllByText(DROPPED)).toHaveLength(1);
  });

  it("isn't one that was dropped here", async () => {
    const page = await speaking();
    await press("Discard");
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect([field().readOnly, said()]).toEqual([false, ""]);
  });
});

describe("the longest answer", () => {
  it("ends by itself while the server is away, is told, and is sent when it is back", async () => {
    const page = await speaking();
    await hear(page, 599 * SECOND);
    await page.close(1006);
    await hear(page, SECOND);
    expect(page.microphone.capture.closed).toBe(true);
    expect([panel().textContent.includes(FULL), said()]).toEqual([true, FULL]);
    await hear(page, SECOND);
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    await page.hear(
      opened({ resumed: true, seq: 1, audio: progress({ received: 599 * SECOND }), capabilities: speaks }),
    );
    expect(page.sent.at(-1)).toMatchObject({ type: "audio.stop", bytes: 600 * SECOND });
    await page.happen({ type: "audio.stopped", turn: 1, bytes: 600 * SECOND, reason: "requested" });
    expect([panel().textContent.includes(FULL), said()]).toEqual([true, FULL]);
  });

  it("is ended by the server where it is there", async () => {
    const page = await speaking();
    await hear(page, 600 * SECOND);
    expect([types(page), page.microphone.capture.closed]).toEqual([["audio.start"], false]);
  });
});

describe("what was kept, on a slow disk,", () => {
  async function reloaded(): Promise<[Page, (found: "found" | "unknown") => Promise<void>]> {
    const before = await speaking();
    await hear(before, 2 * SECOND);
    cleanup();
    let find: ((found: "found" | "unknown") => void) | undefined;
    before.recordings.slow = new Promise((resolve) => {
      find = resolve;
    });
    const page = new Page(before.kept, undefined, undefined, before.recordings);
    await act(() => vi.advanceTimersByTimeAsync(30_000));
    expect(screen.getByRole("status").textContent).toContain("Looking for what you had recorded");
    expect(page.openings).toEqual([]);
    const finds = async (found: "found" | "unknown") => {
      find?.(found);
      await settled();
      await open(page, listening, progress());
    };
    return [page, finds];
  }

  it("is waited for, which is told", async () => {
    const [page, finds] = await reloaded();
    await finds("found");
    expect([types(page), page.heardBytes]).toEqual([[], SECOND]);
  });

  it("costs no answer where it can't be read", async () => {
    const [page, finds] = await reloaded();
    await finds("unknown");
    expect([types(page), field().readOnly]).toEqual([[], true]);
    expect(screen.getByText(/Reload the page to look again/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Discard that answer" })).toBeTruthy();
  });
});

describe("what was kept doesn't stay", () => {
  /** Two tabs' answers, of which one was never heard of again. */
  async function left(): Promise<RecordingsInMemory> {
    const recordings = new RecordingsInMemory();
    for (const id of ["a", "b"]) {
      const start = { type: "audio.start", id, turn: 1, sample_rate: 16_000 } as const;
      await recordings.keep("i1", { start, started: true, stop: null });
    }
    return recordings;
  }

  it("where the interview is over", async () => {
    const recordings = await left();
    const page = new Page(storage({ "viva.language": "en" }), undefined, undefined, recordings);
    await page.open({ ...answering, phase: "reporting", turns: [turn({ answer: accepted.text })] });
    await settled();
    expect(recordings.kept).toEqual([]);
  });

  it("where there is no such interview", async () => {
    const recordings = await left();
    const page = new Page(storage({ "viva.language": "en" }), undefined, undefined, recordings);
    await page.close(4404);
    await settled();
    expect(recordings.kept).toEqual([]);
  });
});
