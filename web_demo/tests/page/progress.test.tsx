// @vitest-environment happy-dom
/** The progress: from the first screen, by competency and by interview, in both languages. */
import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { PastScore } from "../../src/client/progress.ts";
import type { Rubric } from "../../src/client/rubric.ts";
import { catalogues, type Language } from "../../src/i18n/catalogue.ts";
import { changeOf, coursesOf, inLanguage, sittingsOf } from "../../src/screens/progress/sittings.ts";
import { snapshot } from "../client/samples.ts";
import { DocumentServer } from "./document-server.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { settle, type Visit, visit } from "./setup-page.tsx";

/** A score of interview `n`, the higher the later. */
function scored(n: number, competency: string, score: number, max = 5): PastScore {
  return { interview: `i${n}`, finished_at: 1_790_000_000_000 + n * 86_400_000, competency, score, max };
}

/** The newest first. */
const SCORES = [
  scored(3, "본인 기여", 4),
  scored(3, "Care", 2, 4),
  scored(2, "Own contribution", 2.26),
  scored(1, "Own contribution", 3),
  scored(1, "Care", 2, 4),
];

function serverWith(...scores: PastScore[]): DocumentServer {
  const server = new DocumentServer();
  server.scores = scores;
  return server;
}

async function go(hash: string): Promise<void> {
  await act(async () => {
    location.hash = hash;
    dispatchEvent(new Event("hashchange"));
    await Promise.resolve();
  });
  await settle();
}

async function progressOf(server: DocumentServer, language: Language = "en"): Promise<Visit> {
  const page = await visit(server, { language });
  await go("#/progress");
  return page;
}

const region = (name: string) => within(screen.getByRole("region", { name }));
const rows = () =>
  screen
    .getAllByRole("row")
    .map((row) =>
      [...row.querySelectorAll("th, td")].map((cell) => cell.querySelector(".sr-only")?.textContent),
    );

ownPageEachTest();

describe("the way to it", () => {
  it("is on the first screen once something was scored", async () => {
    const page = await visit(serverWith(...SCORES));
    const link = screen.getByRole("link", { name: page.text.progress.link });
    expect(link.getAttribute("href")).toBe("#/progress");
  });

  it("is missing before, and where the server can't tell", async () => {
    const page = await visit();
    expect(screen.queryByRole("link", { name: page.text.progress.link })).toBeNull();
    cleanup();
    const server = serverWith(...SCORES);
    server.broken.set("/v1/progress", "storage_unavailable");
    await visit(server);
    expect(screen.queryByRole("link", { name: page.text.progress.link })).toBeNull();
  });

  it("goes with the last interview that was scored", async () => {
    const server = serverWith(...SCORES.slice(0, 2));
    server.history = [snapshot({ id: "i3", phase: "finished" })];
    const page = await visit(server);
    expect(screen.getByRole("link", { name: page.text.progress.link })).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: /^Delete / }));
    await settle();
    await page.press(page.text.history.delete);
    expect(screen.queryByRole("link", { name: page.text.progress.link })).toBeNull();
  });
});

describe.each(["en", "ko"] as const)("the progress, in %s", (language) => {
  const text = catalogues[language];
  const own = { en: "Own contribution", ko: "본인 기여" }[language];

  it("shows how each competency moved, whatever language its interviews were in", async () => {
    await progressOf(serverWith(...SCORES), language);
    expect(document.title).toContain(text.progress.title);
    expect(document.activeElement?.textContent).toBe(text.progress.title);
    const figures = screen.getAllByRole("figure");
    expect(figures.map((each) => each.querySelector("figcaption span span")?.textContent)).toEqual([
      own,
      "Care",
    ]);
    const { scoreOf } = text.interview;
    expect(figures.map((each) => within(each).getByRole("img").getAttribute("aria-label"))).toEqual([
      text.progress.chart(3, scoreOf("3", 5), scoreOf("4", 5)),
      text.progress.chart(2, scoreOf("2", 4), scoreOf("2", 4)),
    ]);
    expect(figures[0]?.textContent).toContain(text.progress.higher("1"));
    expect(figures[1]?.textContent).toContain(text.progress.same);
    expect(figures.map((each) => each.querySelectorAll("circle").length)).toEqual([3, 2]);
  });

  it("has a row for each interview, which leads to its report", async () => {
    await progressOf(serverWith(...SCORES), language);
    const table = region(text.progress.table);
    expect(table.getAllByRole("columnheader").map((each) => each.textContent)).toEqual([
      text.progress.interview,
      own,
      "Care",
    ]);
    const { scoreOf } = text.interview;
    expect(rows().slice(1)).toEqual([
      [undefined, scoreOf("4", 5), scoreOf("2", 4)],
      [undefined, scoreOf("2.3", 5), text.report.notScored],
      [undefined, scoreOf("3", 5), scoreOf("2", 4)],
    ]);
    const links = table.getAllByRole("link");
    expect(links.map((link) => link.getAttribute("href"))).toEqual(
      [3, 2, 1].map((n) => `#/interviews/i${n}`),
    );
    const days = links.map((link) => link.textContent);
    expect(links.map((link) => link.getAttribute("aria-label"))).toEqual(days.map(text.progress.report));
    expect(new Set(days).size).toBe(3);
  });

  it("says so where there is nothing to show", async () => {
    await progressOf(serverWith(), language);
    expect(screen.getByText(text.progress.empty)).toBeTruthy();
    expect(screen.queryByRole("table")).toBeNull();
    expect(screen.getByRole("link", { name: text.report.another }).getAttribute("href")).toBe("#/");
  });
});

describe("what doesn't come at once", () => {
  it("is asked for again where it failed", async () => {
    const server = serverWith(...SCORES);
    server.broken.set("/v1/progress", "storage_unavailable");
    const page = await progressOf(server);
    expect(screen.getByRole("alert").textContent).toBe(page.text.errors.storage_unavailable);
    server.broken.clear();
    await page.press(page.text.retry);
    expect(screen.getAllByRole("figure")).toHaveLength(2);
  });

  it("is shown on request, and no interview in part", async () => {
    const many = Array.from({ length: 70 }, (_, place) => 70 - place).flatMap((n) => [
      ...[scored(n, "Care", 1), scored(n, "Structure", 2), scored(n, "Clarity", 3)],
    ]);
    const server = serverWith(...many);
    const page = await progressOf(server);
    // 100 of 210 scores: the last of the 34 interviews may have more.
    expect(rows()).toHaveLength(1 + 33);
    server.broken.set("/v1/progress", "overloaded");
    await page.press(page.text.progress.more);
    expect(screen.getByRole("alert").textContent).toBe(page.text.errors.overloaded);
    server.broken.clear();
    await page.press(page.text.progress.more);
    expect(rows()).toHaveLength(1 + 66);
    await page.press(page.text.progress.more);
    expect(rows()).toHaveLength(1 + 70);
    expect(screen.getByRole("alert").textContent).toBe("");
    expect(screen.queryByRole("button", { name: page.text.progress.more })).toBeNull();
    expect(screen.getAllByRole("figure").map((each) => each.querySelectorAll("circle").length)).toEqual([
      70, 70, 70,
    ]);
  });
});

describe("a competency's course", () => {
  const course = (...given: [number, number][]) => ({
    competency: "Care",
    points: given.map(([score, max], n) => scored(n, "Care", score, max)),
  });

  it("has changed by the newest score less the first, of one scale", () => {
    expect(changeOf(course([1, 5], [5, 5], [2.5, 5]))).toBe(1.5);
    expect(changeOf(course([4, 5], [3, 5]))).toBe(-1);
    expect(changeOf(course([4, 5]))).toBeNull();
    expect(changeOf(course([4, 5], [4, 10]))).toBeNull();
  });

  it("comes in the newest interview's order, with the earliest score first", () => {
    const courses = coursesOf(sittingsOf([scored(2, "B", 2), scored(1, "A", 1), scored(1, "B", 1)], false));
    expect(courses.map(({ competency, points }) => [competency, points.map(({ score }) => score)])).toEqual([
      ["B", [1, 2]],
      ["A", [1]],
    ]);
  });

  it("keeps the name that it has where the page's language has none", () => {
    const standard = { id: "care", name: "Care", description: "", scores: [] };
    const rubric: Rubric = { max: 5, languages: { en: [standard], ko: [] } };
    const names = [scored(1, "Care", 1), scored(1, "Luck", 1)];
    expect(inLanguage(names, rubric, "ko")).toEqual(names);
  });
});

describe("the table", () => {
  it("can be moved by the keyboard, as it may be wider than the screen", async () => {
    const page = await progressOf(serverWith(...SCORES));
    expect(screen.getByRole("region", { name: page.text.progress.table }).tabIndex).toBe(0);
  });
});
