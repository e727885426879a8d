// @vitest-environment happy-dom
/** Scores: which of them count, why there are none, and what they mean. */
import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Score, Snapshot } from "../../src/client/contract/types.ts";
import { type Happening, snapshot, turn } from "../client/samples.ts";
import { DocumentServer } from "./document-server.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { PeopleServer } from "./people.ts";
import { visit } from "./setup-page.tsx";

const answering: Partial<Snapshot> = { phase: "answering", turns: [turn()] };
const accepted: Happening = {
  type: "answer.accepted",
  turn: 1,
  text: "I led it.",
  source: "text",
  delivery: null,
};
const reviewed = (scores: Score[] | null, reason: string | null): Happening[] => [
  accepted,
  { type: "feedback.started", turn: 1, lane: 0, model: "m" },
  { type: "feedback.completed", turn: 1, lane: 0, model: "m", text: "Clear.", cancelled: false },
  { type: "feedback.scored", turn: 1, lane: 0, scores, reason },
];

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve)));

async function pageWith(changes: Partial<Snapshot>, people?: PeopleServer): Promise<Page> {
  const page = new Page(storage({ "viva.language": "en" }), people);
  await page.open(changes);
  return page;
}

ownPageEachTest();

describe("a score", () => {
  it("says in words which score is not supported, and doesn't count it", async () => {
    const page = await pageWith(answering);
    const score = { competency: "Ownership", score: 2, max: 5, evidence: ["I led"], supported: true };
    const unsupported = { competency: "Structure", score: 5, max: 5, evidence: [], supported: false };
    await page.happen(...reviewed([score, unsupported], null));
    const scores = within(screen.getByRole("article")).getByLabelText("Scores");
    const told = within(scores).getAllByText("Not supported by your words; doesn’t count");
    expect(told.map((each) => each.parentElement?.querySelector("dt")?.textContent)).toEqual(["Structure"]);
    expect(screen.getByRole("navigation").textContent).toContain("2 / 5");
    cleanup();
    // A server that says nothing of it has none that isn't.
    const silent: Partial<Score> = { ...unsupported };
    delete silent.supported;
    const older = await pageWith(answering);
    await older.happen(...reviewed([silent as Score], null));
    expect(screen.queryByText("Not supported by your words; doesn’t count")).toBeNull();
    expect(screen.getByRole("navigation").textContent).toContain("5 / 5");
  });

  it("says why an answer has no scores, also in the report, which names the answers it leaves out", async () => {
    const page = await pageWith({ ...answering, turns: [turn()] });
    const reason = "The answer is too short to be judged.";
    await page.happen(...reviewed(null, reason));
    expect(screen.getByRole("article").textContent).toContain(`Not scored. ${reason}`);
    const report = {
      ...{ text: "Well.", score: null, max: 5, strengths: [], improvements: [], unscored: [1] },
      ...{ competencies: [], turns: [], comparison: null, lanes: [] },
    };
    await page.happen(
      { type: "interview.finished", reason: "completed" },
      { type: "report.completed", text: "Well.", report },
    );
    const main = () => screen.getByRole("main").textContent;
    expect(main()).toContain("Not scored, and not counted: Question 1.");
    expect(main()).toContain(`Not scored. ${reason}`);
    expect(screen.getByRole("group", { name: "" }).querySelector("summary")?.textContent).toContain(
      "Question 1 · Not scored",
    );
    expect(main()).not.toContain("This answer was not scored.");
    cleanup();
    // Loaded anew, nobody knows why any more.
    const feedback = [{ lane: 0, model: "m", text: "Clear.", scores: null, cancelled: false }];
    const turns = [turn({ answer: "I led it.", source: "text", feedback })];
    await pageWith({ phase: "finished", turns, report });
    expect(main()).toContain("This answer was not scored.");
  });
});

describe.each(["en", "ko"] as const)("how answers are scored, in %s", (language) => {
  it("is told at set-up, with what each score means", async () => {
    const server = new DocumentServer();
    server.broken.set("/v1/rubric", "storage_unavailable");
    const page = await visit(server, { language });
    await page.press(page.text.rubric.title);
    const dialog = within(screen.getByRole("dialog", { name: page.text.rubric.title }));
    expect(dialog.getByRole("alert").textContent).toBe(page.text.errors.storage_unavailable);
    server.broken.clear();
    await page.press(page.text.retry);
    expect(dialog.getByRole("heading", { level: 3 }).textContent).toBe(
      { en: "Own contribution", ko: "본인 기여" }[language],
    );
    const meanings = dialog.getAllByRole("definition").map((each) => each.textContent);
    expect(meanings).toEqual([0, 1, 2, 3, 4, 5].map((score) => `${language} means ${score}`));
    expect(dialog.getByText(page.text.interview.scoreOf(3, 5))).toBeTruthy();
    await page.press(page.text.close);
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("how answers are scored", () => {
  const report = {
    ...{ text: "Well.", score: 4, max: 5, strengths: [], improvements: [], unscored: [] },
    ...{ competencies: [], turns: [], comparison: null, lanes: [] },
  };

  it.each<[string, Partial<Snapshot>]>([
    ["before the first question", {}],
    ["between questions", answering],
    ["in the report", { phase: "finished", report }],
  ])("is at hand %s, in the interview's language", async (_, changes) => {
    const config = { ...snapshot().config, language: "ko" } as const;
    const server = new RubricServer();
    await pageWith({ ...changes, config }, server);
    fireEvent.click(screen.getByRole("button", { name: "How answers are scored" }));
    await settle();
    expect(within(screen.getByRole("dialog")).getByText("ko means 2").closest("[lang]")).toHaveProperty(
      "lang",
      "ko",
    );
  });

  it("is by a team's own points where an interview has some", async () => {
    const competencies = [{ name: "Care", description: "Handles data with care." }];
    await pageWith({ ...answering, config: { ...snapshot().config, competencies } });
    fireEvent.click(screen.getByRole("button", { name: "How answers are scored" }));
    expect(screen.getByRole("dialog").textContent).toContain("CareHandles data with care.");
  });
});

/** Knows people, and what answers are judged by. */
class RubricServer extends PeopleServer {
  override readonly send = new DocumentServer().send;
}
