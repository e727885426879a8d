/** The catalogues, and what is said to those who listen. */
import { describe, expect, it } from "vitest";
import { problemIn, problemText } from "../../src/app/problem.ts";
import { ERROR_CODES } from "../../src/client/contract/tables.ts";
import { catalogues, named, preferredLanguage } from "../../src/i18n/catalogue.ts";
import { clock } from "../../src/screens/interview/Countdown.tsx";
import { sentencesFor } from "../../src/screens/interview/useAnnouncements.ts";
import { asked, type Happening, log, opened, placed, snapshot, turn } from "../client/samples.ts";
import { storage } from "./kept.ts";

const { en, ko } = catalogues;

describe("the language", () => {
  it.each([
    [{ "viva.language": "ko" }, ["en-GB"], "ko"],
    [{}, ["ko-KR", "en"], "ko"],
    [{}, ["fr-FR", "ko"], "ko"],
    [{}, ["fr-FR"], "en"],
    [{ "viva.language": "toString" }, ["ko"], "ko"],
    [{}, [], "en"],
  ])("kept as %o and spoken as %o is %s", (kept, spoken, language) => {
    expect(preferredLanguage(storage(kept as Record<string, string>), spoken)).toBe(language);
  });

  it("has a word for each error that a text interview can meet", () => {
    const met = ERROR_CODES.filter((code) => !/audio|media/.test(code));
    for (const text of [en, ko]) expect(Object.keys(text.errors)).toEqual(expect.arrayContaining(met));
  });

  it("counts", () => {
    expect([en.interview.ready(1), en.interview.ready(2)].map((text) => text.split(",")[0])).toEqual([
      "1 question",
      "2 questions",
    ]);
  });

  it("leaves names as they are that it doesn't know", () => {
    expect([named(ko.roles, "backend"), named(ko.roles, "beekeeper"), named(ko.roles, "toString")]).toEqual([
      "백엔드 개발자",
      "beekeeper",
      "toString",
    ]);
  });
});

describe("a problem", () => {
  const refused = (code: string, message: string) => {
    const error = { type: "error", re: "a", code, message, retryable: false, details: {} } as const;
    const problem = problemIn({ result: "refused", error });
    return problem === null ? null : problemText(problem, ko);
  };

  it("is told in the page's words, else in the server's, and never not at all", () => {
    expect(refused("wrong_turn", "x")).toBe(ko.errors.wrong_turn);
    expect(refused("brand_new", "A sentence.")).toBe("A sentence.");
    expect(refused("brand_new", "")).toBe(ko.errors.other);
  });

  it("is none when a command was taken, and is one when nobody knows", () => {
    expect(
      problemIn({ result: "acked", ack: { type: "ack", re: "a", epoch: 1, seq: 1, repeated: false } }),
    ).toBeNull();
    expect(problemIn({ result: "abandoned" })).toEqual({ code: "abandoned", message: "" });
  });
});

describe("the clock", () => {
  it.each([
    [0, "0:00"],
    [1, "0:01"],
    [59_001, "1:00"],
    [600_000, "10:00"],
    [3_661_000, "1:01:01"],
  ])("of %i ms shows %s", (ms, shown) => {
    expect(clock(ms)).toBe(shown);
  });
});

describe("what is said aloud", () => {
  const view = snapshot({ turns: [turn({ kind: "follow_up" })] });
  const said = (happening: Happening) => sentencesFor(placed(happening, 1), view, en);

  it("is a question when it is whole, with its place", () => {
    const [begun, delta, completed] = log(...asked(1, "Why?"));
    expect([begun, delta].flatMap((event) => (event ? sentencesFor(event, view, en) : ["?"]))).toEqual([]);
    expect(completed && sentencesFor(completed, view, en)).toEqual(["Question 1, follow-up: Why?"]);
  });

  it("is feedback and scores, but nothing that was stopped", () => {
    const feedback = { type: "feedback.completed", turn: 1, lane: 0, model: "m", text: "Good." } as const;
    expect(said({ ...feedback, cancelled: false })).toEqual(["Feedback: Good."]);
    expect(said({ ...feedback, cancelled: true })).toEqual([]);
    const scores = [{ competency: "Ownership", score: 4, max: 5, evidence: [], supported: true }];
    const scored = { type: "feedback.scored", turn: 1, lane: 0, reason: null } as const;
    expect(said({ ...scored, scores })).toEqual(["Ownership: 4 of 5"]);
    const unsupported = scores.map((score) => ({ ...score, supported: false }));
    expect(said({ ...scored, scores: unsupported })).toEqual([
      "Ownership: 4 of 5, not supported by your words, so it doesn’t count",
    ]);
    expect(said({ ...scored, scores: null })).toEqual([]);
    expect(said({ ...scored, scores: null, reason: "It is too short." })).toEqual([
      "Not scored. It is too short.",
    ]);
  });

  it("is not a word about the connection", () => {
    expect(sentencesFor(opened(), null, en)).toEqual([]);
  });
});
