// @vitest-environment happy-dom
/** The microphone, tried out before the interview. */
import { act, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { asked } from "../client/samples.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
import { ownPageAndClockEachTest } from "./lifetime.ts";
import { settled, press, pageWith, hear } from "./voice-page.tsx";

ownPageAndClockEachTest();

describe("before the interview", () => {
  it("the microphone can be tried out", async () => {
    const page = await pageWith({});
    page.microphone.found = [
      { id: "a", label: "" },
      { id: "b", label: "Headset" },
    ];
    await press("Check your microphone");
    expect(screen.getByText("Say a few words…")).toBeTruthy();
    for (let frames = 0; frames < 3; frames += 1) await hear(page, 2_560);
    expect(screen.getByText("We hear you.")).toBeTruthy();
    const choice = screen.getByRole("combobox", { name: "Microphone" });
    expect(within(choice).getByRole("option", { name: "Microphone 1" })).toBeTruthy();
    fireEvent.change(choice, { target: { value: "b" } });
    await settled();
    expect(page.microphone.captures.map(({ closed, deviceId }) => [closed, deviceId])).toEqual([
      [true, null],
      [false, "b"],
    ]);
    await act(() => vi.advanceTimersByTimeAsync(4_000));
    expect(screen.getByText(/We hear nothing/)).toBeTruthy();
    await press("End the check");
    expect([page.microphone.capture.closed, page.sent]).toEqual([true, []]);
  });

  it("is told what is wrong with it", async () => {
    const page = await pageWith({});
    page.microphone.trouble = "missing";
    await press("Check your microphone");
    expect(screen.getByText(/No microphone was found/)).toBeTruthy();
  });

  it("is told once, and in a line, where there is no ear", async () => {
    const page = new Page(storage({ "viva.language": "en" }));
    await page.open({});
    expect(screen.getByText(/Spoken answers aren’t available here/).textContent).toContain("no speech model");
    expect(screen.queryByRole("button", { name: "Check your microphone" })).toBeNull();
    await page.happen({ type: "interview.started", remaining_ms: null }, ...asked(1, "Why?"));
    expect(screen.queryByText(/Spoken answers aren’t available here/)).toBeNull();
  });
});
