import { describe, expect, it } from "vitest";
import { clampQuestions, keepChoices, lastChoices, newInterview } from "../../src/screens/setup/choices.ts";
import { opened } from "../client/samples.ts";
import { sampleDocument } from "./document-server.ts";
import { storage } from "./kept.ts";

const { capabilities } = opened();

describe("the choices", () => {
  it("begin with something that can be started at once, in the page's language", () => {
    expect(lastChoices(storage(), capabilities, "ko")).toEqual({
      ...{ role: "backend", level: "mid", language: "ko", persona: "neutral" },
      ...{ questions: 5, followUps: 1, feedback: "each", minutes: 0 },
      documents: { resume: null, job_description: null },
    });
  });

  it("begin where the last ones did, as far as the server still offers them", () => {
    const kept = storage();
    const chosen = { ...lastChoices(kept, capabilities, "ko"), role: "astronaut", questions: 3, minutes: 20 };
    chosen.documents = { resume: "d1", job_description: null };
    keepChoices(kept, chosen);
    expect(lastChoices(kept, capabilities, "en")).toEqual({ ...chosen, role: "backend" });
  });

  it.each(["no JSON", "null", "7", '{"questions":"many","persona":1,"documents":{"resume":7}}'])(
    "survive what else was kept: %s",
    (text) => {
      const choices = lastChoices(storage({ "viva.choices": text }), capabilities, "en");
      expect([choices.persona, choices.questions >= 1, choices.documents.resume]).toEqual([
        "neutral",
        true,
        null,
      ]);
    },
  );

  it("make the body of a request", () => {
    const choices = { ...lastChoices(storage(), capabilities, "en"), minutes: 30 };
    const nothing = { documents: [], jobDescription: " \n" };
    expect(newInterview(choices, nothing)).toEqual({
      ...{ role: "backend", level: "mid", language: "en", persona: "neutral", questions: 5 },
      ...{ follow_ups: 1, feedback: "each", time_limit_s: 1_800 },
    });
    expect(newInterview({ ...choices, minutes: 0 }, nothing)).not.toHaveProperty("time_limit_s");
  });

  it("go with the documents and the job description that there are", () => {
    const choices = lastChoices(storage(), capabilities, "en");
    const documents = [sampleDocument({ id: "d1" }), sampleDocument({ id: "d2", kind: "job_description" })];
    expect(newInterview(choices, { documents, jobDescription: "\n Python wanted.\n" })).toMatchObject({
      document_ids: ["d1", "d2"],
      job_description: "Python wanted.",
    });
  });

  it("ask between one question and twenty", () => {
    expect([NaN, -3, 0, 2.6, 20, 99].map(clampQuestions)).toEqual([1, 1, 1, 3, 20, 20]);
  });
});
