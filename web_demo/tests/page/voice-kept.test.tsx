// @vitest-environment happy-dom
/** Answers by voice that are read first, or interrupted by a reload or a lost connection: no word is lost. */
import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../../src/client/contract/types.ts";
import { opened, turn } from "../client/samples.ts";
import { ownPageAndClockEachTest } from "./lifetime.ts";
import {
  SECOND,
  answering,
  listening,
  began,
  accepted,
  transcript,
  field,
  button,
  panel,
  said,
  settled,
  press,
  speaks,
  pageWith,
  speaking,
  hear,
  last,
  types,
  ack,
  strike,
} from "./voice-page.tsx";

ownPageAndClockEachTest();

describe("in review", () => {
  const reviewing: Partial<Snapshot> = { phase: "reviewing", turns: [turn({ transcript })] };

  it("the text is there to be corrected and sent, also after a reload", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await press("Done speaking");
    await page.happen(
      { type: "audio.stopped", turn: 1, bytes: SECOND, reason: "requested" },
      { type: "transcript.completed", turn: 1, ...transcript },
    );
    expect([field().value, said()]).toEqual(["I led it.", "The text of your answer is ready to be checked."]);
    expect(screen.getByText(/Correct it where needed/)).toBeTruthy();
    fireEvent.change(field(), { target: { value: "I led it alone." } });
    cleanup();
    const again = await pageWith(reviewing, { page });
    expect(field().value).toBe("I led it alone.");
    await press("Send answer");
    expect(last(again)).toMatchObject({ type: "answer.submit", text: "I led it alone." });
    expect(await again.recordings.find("i1")).not.toBeNull();
    await again.happen({ ...accepted, text: "I led it alone." });
    await settled();
    expect(await again.recordings.find("i1")).toBeNull();
  });

  it("tells when no words were heard, or not for sure", async () => {
    await pageWith({ ...reviewing, turns: [turn({ transcript: { ...transcript, text: "" } })] });
    expect(screen.getByText(/No words were heard/)).toBeTruthy();
    expect(field().value).toBe("");
    cleanup();
    await pageWith({ ...reviewing, turns: [turn({ transcript: { ...transcript, confidence: 0.3 } })] });
    expect(screen.getByText(/Parts were hard to hear/)).toBeTruthy();
  });

  it("it can be spoken again: the old text goes, what was typed stays", async () => {
    const page = await pageWith(answering);
    fireEvent.change(field(), { target: { value: "Typed." } });
    await press("Answer by voice");
    await page.happen(
      { ...began, review: true },
      { type: "audio.stopped", turn: 1, bytes: 0, reason: "limit" },
      { type: "transcript.completed", turn: 1, ...transcript },
    );
    expect(field().value).toBe("Typed.\n\nI led it.");
    await press("Speak again");
    expect(last(page)).toMatchObject({ type: "audio.cancel", turn: 1 });
    expect(page.microphone.captures).toHaveLength(2);
    // The old answer isn't gone yet: nothing of this is the new one's.
    await hear(page, 2 * SECOND);
    await ack(page);
    expect(last(page)).toMatchObject({ type: "audio.start", turn: 1, review: true });
    await page.happen({ type: "audio.cancelled", turn: 1 }, { ...began, review: true });
    await hear(page, SECOND);
    await press("Done speaking");
    expect(last(page)).toMatchObject({ type: "audio.stop", bytes: SECOND });
    await page.happen(
      { type: "audio.stopped", turn: 1, bytes: SECOND, reason: "requested" },
      { type: "transcript.completed", turn: 1, ...transcript, text: "We did." },
    );
    expect(field().value).toBe("Typed.\n\nWe did.");
  });

  it("it can be spoken again only while the server is there, and not by the keys that end an answer", async () => {
    const page = await pageWith(reviewing);
    expect(button("Speak again").disabled).toBe(false);
    expect(button("Speak again").hasAttribute("aria-keyshortcuts")).toBe(false);
    await strike();
    await page.close(1006);
    expect(button("Speak again").disabled).toBe(true);
    expect([page.microphone.wanted, page.sent]).toEqual([[], []]);
  });
});

describe("a reload", () => {
  const progress = (received: number, bytes: number | null = null) => ({
    ...{ id: "id-1", turn: 1, received, bytes },
    partial: "I led",
  });

  it("in the middle of an answer loses nothing, and it goes on by a press", async () => {
    const page = await speaking();
    await hear(page, 4 * SECOND);
    cleanup();
    const again = await pageWith(listening, { page, audio: progress(SECOND) });
    expect(again.heardBytes).toBe(3 * SECOND);
    expect(again.microphone.wanted).toEqual([]);
    expect(panel().textContent).toContain("Your recording up to 0:04 is safe.");
    expect(panel().textContent).toContain("I led");
    await press("Go on speaking");
    await hear(again, SECOND);
    await press("Done speaking");
    expect(again.sent).toMatchObject([{ type: "audio.stop", turn: 1, bytes: 5 * SECOND }]);
    expect(again.heardBytes).toBe(4 * SECOND);
  });

  it("can also be the end of it", async () => {
    const page = await speaking();
    await hear(page, 4 * SECOND);
    cleanup();
    const again = await pageWith(listening, { page, audio: progress(4 * SECOND) });
    await press("Done speaking");
    expect(last(again)).toMatchObject({ type: "audio.stop", bytes: 4 * SECOND });
  });

  it("before the server knew of it begins it once", async () => {
    const page = await pageWith(answering);
    await press("Answer by voice");
    await hear(page, SECOND);
    cleanup();
    const again = await pageWith(answering, { page });
    expect(again.sent).toEqual(page.sent);
    await again.happen(began);
    expect(again.heardBytes).toBe(SECOND);
    expect(panel().textContent).toContain("Your recording up to 0:01 is safe.");
  });

  it("while it is transcribed sends the rest", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    await press("Done speaking");
    cleanup();
    const transcribing: Partial<Snapshot> = { ...answering, phase: "transcribing" };
    const again = await pageWith(transcribing, { page, audio: progress(SECOND, 2 * SECOND) });
    expect([types(again), again.heardBytes]).toEqual([["audio.stop"], SECOND]);
    expect(last(again)).toEqual(last(page));
    expect(panel().textContent).toContain("Transcribing your answer…");
  });

  it("of a page that keeps nothing drops the answer; it was told", async () => {
    const page = await pageWith(answering);
    page.recordings.full = true;
    await press("Answer by voice");
    await page.happen(began);
    await hear(page, SECOND);
    expect(panel().textContent).toContain("This browser can’t keep your recording.");
    cleanup();
    const again = await pageWith(listening, { page, audio: progress(SECOND) });
    expect(types(again)).toEqual(["audio.cancel"]);
  });
});

describe("a connection that is lost", () => {
  it("doesn't end the recording", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await page.close(1006);
    await hear(page, SECOND);
    expect(panel().textContent).toContain("It is kept here until the connection is back.");
    expect(page.heardBytes).toBe(SECOND);
    await act(() => vi.advanceTimersByTimeAsync(1_000));
    const audio = { id: "id-1", turn: 1, received: SECOND, bytes: null, partial: "" };
    await page.hear(opened({ resumed: true, seq: 1, audio, capabilities: speaks }));
    expect(page.heardBytes).toBe(2 * SECOND);
  });

  it("to another window closes the microphone", async () => {
    const page = await speaking();
    await page.close(4409);
    await settled();
    expect(page.microphone.capture.closed).toBe(true);
  });
});
