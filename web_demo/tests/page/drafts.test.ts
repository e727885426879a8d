import { describe, expect, it } from "vitest";
import {
  forgetAllDrafts,
  forgetDrafts,
  keepDraft,
  loadDraft,
  NO_DRAFT,
} from "../../src/screens/interview/drafts.ts";
import { storage } from "./kept.ts";

describe("a draft", () => {
  it("is kept for each interview and question, with the id it was sent under", () => {
    const kept = storage();
    keepDraft(kept, "i1", 1, { text: "one", sentAs: "a" });
    keepDraft(kept, "i1", 2, { text: "two", sentAs: null });
    expect(loadDraft(kept, "i1", 1)).toEqual({ text: "one", sentAs: "a" });
    expect(loadDraft(kept, "i2", 1)).toEqual(NO_DRAFT);
    keepDraft(kept, "i1", 1, NO_DRAFT);
    expect([kept.length, loadDraft(kept, "i1", 1)]).toEqual([1, NO_DRAFT]);
  });

  it("goes with its interview, and no other does", () => {
    const kept = storage({ other: "x" });
    for (const [id, turn] of [
      ["i1", 1],
      ["i1", 2],
      ["i10", 1],
    ] as const)
      keepDraft(kept, id, turn, { text: "x", sentAs: null });
    forgetDrafts(kept, "i1");
    expect([kept.length, loadDraft(kept, "i10", 1).text]).toEqual([2, "x"]);
    forgetAllDrafts(kept);
    expect([kept.length, kept.getItem("other")]).toEqual([1, "x"]);
  });
});
