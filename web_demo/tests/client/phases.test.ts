import { describe, expect, it } from "vitest";
import { isLegal } from "../../src/client/phases.ts";
import { snapshot } from "./samples.ts";

describe("a command", () => {
  it.each([
    ["created", "interview.start", true],
    ["created", "interview.finish", false],
    ["answering", "answer.submit", true],
    ["asking", "answer.submit", false],
    ["evaluating", "interview.pause", true],
    ["reporting", "interview.finish", false],
    ["finished", "generation.retry", false],
  ] as const)("in %s: %s %s", (phase, type, legal) => {
    expect(isLegal(snapshot({ phase }), type)).toBe(legal);
  });

  it("waits while the interview is paused", () => {
    const view = snapshot({ phase: "answering", paused: true });
    expect(isLegal(view, "answer.submit")).toBe(false);
    expect(isLegal(view, "interview.resume")).toBe(true);
    expect(isLegal(view, "interview.finish")).toBe(true);
  });

  it("asks for one hint at a time", () => {
    const streaming = [{ what: "hint", turn: 1, lane: 0, text: "" }] as const;
    expect(isLegal(snapshot({ phase: "answering" }), "hint.request")).toBe(true);
    expect(isLegal(snapshot({ phase: "answering", streaming: [...streaming] }), "hint.request")).toBe(false);
  });

  it("retries only after a failure", () => {
    const failed = { what: "question", turn: 1, lane: 0, code: "x", message: "x", retryable: true } as const;
    expect(isLegal(snapshot({ phase: "asking" }), "generation.retry")).toBe(false);
    expect(isLegal(snapshot({ phase: "asking", failed }), "generation.retry")).toBe(true);
  });
});
