/** What the fold does besides the cases that the server shares (`fold-cases.test.ts`). */
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../src/client/contract/types.ts";
import { fold, streaming } from "../../src/client/fold.ts";
import { asked, log, placed, snapshot, turn } from "./samples.ts";

describe("the fold", () => {
  it("goes on past events that are unknown here, and moves its position", () => {
    const unknown = { type: "mood.changed", epoch: 1, seq: 7, at: 1 } as unknown as LogEvent;
    expect(fold(snapshot(), unknown)).toEqual(snapshot({ seq: 7 }));
  });

  it("shares what an event left alone, and changes nothing in place", () => {
    const before = snapshot({ phase: "answering", turns: [turn({ answer: "Yes." }), turn({ turn: 2 })] });
    const answer = { type: "answer.accepted", turn: 2, text: "No.", source: "text", delivery: null } as const;
    const after = fold(before, placed(answer, 1));
    expect(after.turns[0]).toBe(before.turns[0]);
    expect(before.turns[1]?.answer).toBeNull();
    const streamed = log(...asked(3, "Why?").slice(0, 2)).reduce(fold, before);
    expect(streamed.turns[0]).toBe(before.turns[0]);
  });

  it("knows the text so far of what is open", () => {
    const view = log(...asked(1, "Why?").slice(0, 2)).reduce(fold, snapshot());
    expect(streaming(view, "question", 1)).toBe("Why?");
    expect(streaming(view, "hint", 1)).toBeNull();
  });
});
