// @vitest-environment happy-dom
/** Answers by voice, on the interview screen: what is asked of the microphone, and what is sent. */
import { act, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { loadDraft } from "../../src/screens/interview/drafts.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
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
  pageWith,
  speaking,
  hear,
  last,
  types,
  ack,
  strike,
} from "./voice-page.tsx";

ownPageAndClockEachTest();

describe("an answer by voice", () => {
  it("is begun by a press, sent as it is spoken, and ended by another", async () => {
    const page = await pageWith(answering);
    expect(page.microphone.wanted).toEqual([]);
    await press("Answer by voice");
    expect(last(page)).toMatchObject({ type: "audio.start", turn: 1, sample_rate: 16_000, review: false });
    expect(last(page)).not.toHaveProperty("silence_ms");
    await page.happen(began);
    expect(document.activeElement).toBe(button("Done speaking"));
    await hear(page, 3 * SECOND);
    expect(page.heardBytes).toBe(3 * SECOND);
    expect(screen.getByRole("timer", { name: "Time spoken" }).textContent).toBe("0:03");
    page.microphone.capture.rest = 100;
    await press("Done speaking");
    expect(last(page)).toMatchObject({ type: "audio.stop", turn: 1, bytes: 3 * SECOND + 100 });
    expect(page.microphone.capture.closed).toBe(true);
    await page.happen({ type: "audio.stopped", turn: 1, bytes: 3 * SECOND + 100, reason: "requested" });
    expect(within(panel()).getByText("Transcribing your answer…")).toBeTruthy();
    await page.happen(
      { type: "transcript.completed", turn: 1, ...transcript, needs_review: false },
      accepted,
    );
    expect(field()).toBe(document.activeElement);
    expect(said()).toContain("Your answer has been taken.");
    expect(await page.recordings.find("i1")).toBeNull();
  });

  it("shows what is heard, and says whole sentences once they are sure", async () => {
    const page = await speaking();
    const partial = { type: "transcript.partial", turn: 1 } as const;
    await page.happen({ ...partial, from: 0, text: "I led it. The teem", stable: 10 });
    const heard = within(panel()).getByRole("group", { name: "Heard so far" });
    expect(heard.querySelector("[data-sure]")?.textContent).toBe("I led it. ");
    expect(heard.querySelector("[data-unsure]")?.textContent).toBe("The teem");
    expect(said()).toBe("I led it.");
    await page.happen({ ...partial, from: 10, text: "The team grew", stable: 19 });
    expect(said()).toBe("I led it.");
    await page.happen({ ...partial, from: 23, text: ".", stable: 24 });
    expect(said()).toBe("I led it.The team grew.");
  });

  it("goes by the keys as well, from anywhere", async () => {
    const page = await pageWith(answering);
    field().focus();
    await strike();
    await page.happen(began);
    await hear(page, SECOND);
    await strike();
    expect(types(page)).toEqual(["audio.start", "audio.stop"]);
    await strike();
    expect(page.sent).toHaveLength(2);
  });

  it("ends by silence, and waits for its review, where somebody likes it so", async () => {
    const kept = storage({
      "viva.language": "en",
      "viva.voice": '{"endsBySilence":true,"review":true,"deviceId":"usb"}',
    });
    const page = await speaking(kept);
    expect(page.sent[0]).toMatchObject({ silence_ms: 2_000, review: true });
    expect(page.microphone.wanted[0]?.deviceId).toBe("usb");
    await hear(page, SECOND);
    await page.happen({ type: "audio.stopped", turn: 1, bytes: SECOND, reason: "silence" });
    expect(page.microphone.capture.closed).toBe(true);
    expect(panel().textContent).toContain("You stopped speaking");
    expect(said()).toBe("You stopped speaking, so the answer was ended.");
    expect(types(page)).toEqual(["audio.start"]);
  });

  it("is told when nothing is heard of it, or nothing comes", async () => {
    const page = await speaking();
    await hear(page, SECOND, 0);
    await act(() => vi.advanceTimersByTimeAsync(4_000));
    expect(panel().textContent).toContain("We hear nothing.");
    for (let frames = 0; frames < 3; frames += 1) await hear(page, 2_560);
    expect(panel().textContent).not.toContain("We hear nothing.");
    expect(screen.getByRole("meter").getAttribute("aria-valuetext")).toBe("Good");
    act(() => {
      page.microphone.capture.hold(true);
    });
    expect(panel().textContent).toContain("Nothing comes from your microphone.");
    await press("Try again");
    expect(page.microphone.capture.resumed).toBe(1);
  });

  it("tells when little of its time is left", async () => {
    const page = await speaking();
    await hear(page, 545 * SECOND);
    expect(panel().textContent).toContain("60 seconds left for this answer");
  });

  it("waits for the browser's question, and can be given up meanwhile", async () => {
    const page = await pageWith(answering);
    page.microphone.ask();
    await press("Answer by voice");
    expect(panel().textContent).toContain("Your browser may ask");
    await press("Cancel");
    expect(field()).toBeTruthy();
    page.microphone.allow();
    await settled();
    expect([page.sent, page.microphone.capture.closed]).toEqual([[], true]);
  });

  it("that the server refuses closes the microphone", async () => {
    const page = await pageWith(answering);
    await press("Answer by voice");
    await page.refuse("voice_unavailable");
    await settled();
    expect(page.microphone.capture.closed).toBe(true);
    expect(screen.getByRole("alert").textContent).toContain("This server takes no spoken answers.");
    expect(field()).toBeTruthy();
  });
});

describe("without a microphone", () => {
  it("is told how to allow it, and typing stays", async () => {
    const page = await pageWith(answering);
    page.microphone.trouble = "denied";
    await press("Answer by voice");
    const alerts = screen.getAllByRole("alert").map(({ textContent }) => textContent);
    expect(alerts.join()).toContain("allow the microphone");
    fireEvent.change(field(), { target: { value: "Typed" } });
    expect(button("Send answer").disabled).toBe(false);
    await press("Dismiss");
    expect(screen.queryByText(/allow the microphone/)).toBeNull();
    expect(page.sent).toEqual([]);
  });

  it("that was unplugged in the middle, what was said stays, and another goes on", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    act(() => {
      page.microphone.plug([
        { id: "a", label: "Built-in" },
        { id: "b", label: "Headset" },
      ]);
      page.microphone.capture.lose();
    });
    await settled();
    expect(panel().textContent).toContain("The microphone was unplugged");
    expect(said()).toBe("The microphone was unplugged, or switched off.");
    expect(panel().textContent).toContain("Your recording up to 0:02 is safe.");
    fireEvent.change(screen.getByRole("combobox", { name: "Microphone" }), { target: { value: "b" } });
    await press("Go on speaking");
    expect(page.microphone.wanted.at(-1)).toEqual({ deviceId: "b", sampleRate: 16_000 });
    await hear(page, SECOND);
    await press("Done speaking");
    expect(last(page)).toMatchObject({ type: "audio.stop", bytes: 3 * SECOND });
    expect(JSON.parse(page.kept.getItem("viva.voice") ?? "{}")).toMatchObject({ deviceId: "b" });
  });

  it("none is offered where the server has no ear", async () => {
    const page = new Page(storage({ "viva.language": "en" }));
    await page.open(answering);
    expect(screen.queryByRole("button", { name: "Answer by voice" })).toBeNull();
    await strike();
    expect(page.microphone.wanted).toEqual([]);
  });
});

describe("a change of mind", () => {
  it("drops what is short at once, and asks about what is long", async () => {
    const page = await speaking();
    await hear(page, 2 * SECOND);
    await press("Discard");
    expect(last(page)).toMatchObject({ type: "audio.cancel", turn: 1 });
    await ack(page);
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect(field()).toBeTruthy();
    await press("Answer by voice");
    await page.happen(began);
    await hear(page, 11 * SECOND);
    await press("Discard");
    const dialog = screen.getByRole("dialog", { name: "Discard what you have said?" });
    expect(last(page)).toMatchObject({ type: "audio.start" });
    fireEvent.click(within(dialog).getByRole("button", { name: "Discard" }));
    await settled();
    expect(last(page)).toMatchObject({ type: "audio.cancel" });
  });

  it.each([
    ["Keep the text", "Before.\n\nI led it."],
    ["Without the text", "Before."],
  ])("to writing: %s", async (choice, draft) => {
    const page = await pageWith(answering);
    fireEvent.change(field(), { target: { value: "Before." } });
    await press("Answer by voice");
    expect(last(page)).toMatchObject({ review: true });
    await page.happen(began, { type: "transcript.partial", turn: 1, from: 0, text: "I led it.", stable: 0 });
    expect(panel().textContent).toContain("What you have typed stays.");
    await press("Type instead");
    fireEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: choice }));
    await settled();
    // A reload from here on would find neither recording nor server's word.
    expect(await page.recordings.find("i1")).toBeNull();
    expect(loadDraft(page.kept, "i1", 1).text).toBe(draft);
    await ack(page);
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect(field().value).toBe(draft);
  });

  it("can't be taken back by the keys", async () => {
    const page = await speaking();
    await hear(page, SECOND);
    await press("Discard");
    await strike();
    expect(types(page)).toEqual(["audio.start", "audio.cancel"]);
    expect(page.microphone.captures).toHaveLength(1);
  });
});

describe("an answer on another device", () => {
  it("can be discarded here, after a question", async () => {
    const page = await pageWith(listening);
    expect(field().readOnly).toBe(true);
    await press("Discard that answer");
    expect(page.sent).toEqual([]);
    const dialog = screen.getByRole("dialog", { name: "Discard what you have said?" });
    fireEvent.click(within(dialog).getByRole("button", { name: "Discard" }));
    await settled();
    expect(last(page)).toMatchObject({ type: "audio.cancel", turn: 1 });
    expect(button("Discard that answer").disabled).toBe(true);
    await ack(page);
    await page.happen({ type: "audio.cancelled", turn: 1 });
    expect(field().readOnly).toBe(false);
    expect(button("Answer by voice").disabled).toBe(false);
  });
});
