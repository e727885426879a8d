/** The fold's cases that every implementation shares: `tests/cases/fold.json` (`protocol.md` 5). */
import { describe, expect, it } from "vitest";
import cases from "../../../tests/cases/fold.json";
import type { Snapshot } from "../../src/client/contract/types.ts";
import { fold } from "../../src/client/fold.ts";
import { type Happening, placed } from "./samples.ts";

describe("the fold makes of a view what the case says", () => {
  it.each(cases.cases)("$name", ({ start, events, changes }) => {
    const before = { ...cases.view, ...start } as Snapshot;
    const after = (events as Happening[]).reduce(
      (view, happening, index) => fold(view, placed(happening, index + 1, { at: 2_001 + index })),
      before,
    );
    expect(after).toEqual({ ...before, seq: events.length, ...changes });
  });
});
