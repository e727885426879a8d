/** How an answer was spoken, as the report tells it. */
import { describe, expect, it } from "vitest";
import type { Delivery } from "../../src/client/contract/types.ts";
import { en } from "../../src/i18n/en.ts";
import { ko } from "../../src/i18n/ko.ts";
import { spokenLines } from "../../src/screens/report/spoken.ts";

const PLAIN: Delivery = {
  ...{ duration_ms: 61_200, speech_ms: 48_300, pace: 163.9, pace_unit: "words_per_minute" },
  ...{ fillers: [], pauses: [], hedges: [], repeated: [] },
};

describe("how an answer was spoken", () => {
  it("is told by what was counted", () => {
    const delivery: Delivery = {
      ...PLAIN,
      fillers: ["um", "like", "Um"].map((text, at) => ({ text, at_ms: at })),
      pauses: [
        { start_ms: 0, end_ms: 1_000 },
        { start_ms: 2_000, end_ms: 4_500 },
      ],
      hedges: [{ text: "I think", at_ms: 5 }],
      repeated: [{ text: "the", at_ms: 7 }],
    };
    expect(spokenLines(delivery, en.report.spoken)).toEqual([
      "You spoke for 0:48 of 1:01.",
      "Pace: 164 words a minute.",
      "Pauses of a second or more: 2, the longest of 2.5 s.",
      "Fillers: 3 (um ×2, like).",
      "Words that hedge: 1 (I think).",
      "Words said twice: 1 (the).",
    ]);
  });

  it("leaves out what there was nothing of", () => {
    const delivery: Delivery = { ...PLAIN, pace: 300.4, pace_unit: "syllables_per_minute" };
    expect(spokenLines(delivery, ko.report.spoken)).toEqual([
      "1:01 중 0:48 동안 말했습니다.",
      "말 속도: 분당 300음절",
    ]);
    expect(spokenLines({ ...PLAIN, pace: 0 }, ko.report.spoken)).toHaveLength(1);
  });
});
