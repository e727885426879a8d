// @vitest-environment happy-dom
/** The interview screen against a scripted connection: what is shown, what is sent, and what is never lost. */
import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../../src/client/contract/types.ts";
import { asked, type Happening, opened, snapshot, turn } from "../client/samples.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
import { ownPageAndClockEachTest } from "./lifetime.ts";
import { PeopleServer, token } from "./people.ts";

const answering: Partial<Snapshot> = { phase: "answering", turns: [turn()] };
const accepted: Happening = {
  type: "answer.accepted",
  turn: 1,
  text: "I led it.",
  source: "text",
  delivery: null,
};

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Your answer" });
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
const write = (text: string) => fireEvent.change(field(), { target: { value: text } });
const press = (name: string) => fireEvent.click(button(name));

async function pageWith(
  changes: Partial<Snapshot>,
  kept = storage({ "viva.language": "en" }),
): Promise<Page> {
  const page = new Page(kept);
  await page.open(changes);
  return page;
}

ownPageAndClockEachTest();

describe("an interview", () => {
  it("begins when asked to, and streams its question in", async () => {
    const page = await pageWith({});
    press("Ask me the first question");
    expect(page.sent.at(-1)).toMatchObject({ type: "interview.start" });
    expect(button("Ask me the first question").disabled).toBe(true);
    const [begun, delta, completed] = asked(1, "Why?") as [Happening, Happening, Happening];
    await page.happen({ type: "interview.started", remaining_ms: null }, begun, delta);
    expect(screen.getByRole("heading", { level: 2 }).textContent).toBe("Why?");
    write("Because");
    expect(button("Send answer").disabled).toBe(true);
    await page.happen(completed);
    expect(button("Send answer").disabled).toBe(false);
    expect(screen.getByRole("log").textContent).toBe("Question 1: Why?");
  });

  it("shows and says what the server has to say, until it is dismissed or they have gone on", async () => {
    const page = await pageWith(answering);
    const notice: Happening = { type: "notice", code: "busy", message: "It takes a little longer." };
    await page.happen(notice);
    const line = () => within(screen.getByRole("main")).queryByText("It takes a little longer.");
    expect(line()).toBeTruthy();
    expect(screen.getByRole("log").textContent).toBe("It takes a little longer.");
    press("Dismiss");
    expect(line()).toBeNull();
    await page.happen(notice);
    expect(line()).toBeTruthy();
    await page.happen(accepted);
    expect(line()).toBeNull();
    await page.happen(notice, ...asked(2, "And then?"));
    expect(line()).toBeTruthy();
    await page.happen({ type: "answer.skipped", turn: 2 });
    expect(line()).toBeNull();
    await page.happen(notice, { type: "interview.finished", reason: "completed" });
    expect(line()).toBeTruthy();
  });

  it("tells of instructions in an answer that were not followed, in the interview's language", async () => {
    const page = await pageWith({ ...answering, config: { ...snapshot().config, language: "ko" } });
    const message = "답변에 담긴 지시는 따르지 않고, 답변 내용만 평가합니다.";
    await page.happen(accepted, { type: "notice", code: "instructions_ignored", message });
    expect(within(screen.getByRole("main")).getByText(message).lang).toBe("ko");
    expect(screen.getByRole("log").textContent).toContain(message);
  });

  it("tells why nothing comes, and counts down to when it will", async () => {
    const page = await pageWith(answering);
    const waiting = { type: "generation.waiting", turn: 2, what: "question", lane: 0 } as const;
    await page.happen(accepted, { ...waiting, reason: "rate_limited", retry_after_ms: 18_000 });
    const line = () => within(screen.getByRole("main")).queryByText(/The interviewer is busy/)?.textContent;
    expect(line()).toContain("In about 20 seconds.");
    expect(screen.getByRole("log").textContent).toContain("In about 20 seconds.");
    await act(() => vi.advanceTimersByTimeAsync(9_000));
    expect(line()).toContain("In about 10 seconds.");
    await act(() => vi.advanceTimersByTimeAsync(9_000));
    expect(line()).toBe("The interviewer is busy; this goes on by itself.");
    await page.happen({ ...waiting, reason: "failover", retry_after_ms: 0 });
    expect(line()).toBeUndefined();
    expect(within(screen.getByRole("main")).queryByText("Trying another interviewer…")).toBeTruthy();
    await page.happen(...asked(2, "And then?"));
    expect(within(screen.getByRole("main")).queryByText("Trying another interviewer…")).toBeNull();
  });

  it("shows feedback as it comes, and the words that the scores rest on", async () => {
    const page = await pageWith(answering);
    await page.happen(
      accepted,
      { type: "feedback.started", turn: 1, lane: 0, model: "m" },
      { type: "feedback.delta", turn: 1, lane: 0, text: "Clear, but short." },
    );
    const article = screen.getByRole("article");
    expect(article.textContent).toContain("Clear, but short.");
    const scores = [{ competency: "Ownership", score: 4, max: 5, evidence: ["I led"], supported: true }];
    await page.happen(
      {
        type: "feedback.completed",
        turn: 1,
        lane: 0,
        model: "m",
        text: "Clear, but short.",
        cancelled: false,
      },
      { type: "feedback.scored", turn: 1, lane: 0, scores, reason: null },
    );
    expect(article.querySelector("mark")?.textContent).toBe("I led");
    expect(within(article).getByRole("img", { name: "4 of 5" })).toBeTruthy();
  });

  it("can be paused, and nothing is answered meanwhile", async () => {
    const page = await pageWith(answering);
    write("Half");
    press("Pause");
    expect(page.sent.at(-1)).toMatchObject({ type: "interview.pause" });
    expect(button("Pause").disabled).toBe(true);
    await page.happen({ type: "interview.paused", remaining_ms: null });
    expect(screen.queryByRole("textbox")).toBeNull();
    await page.hear({ type: "ack", re: "id-1", epoch: 1, seq: 1, repeated: false });
    fireEvent.click(within(screen.getByRole("main")).getByRole("button", { name: "Go on" }));
    const goOn = screen.getAllByRole<HTMLButtonElement>("button", { name: "Go on" });
    expect(goOn.map((each) => each.disabled)).toEqual([true, true]);
    await page.happen({ type: "interview.resumed", remaining_ms: null });
    expect(field().value).toBe("Half");
  });

  it("is held by a failed question until another try", async () => {
    const failure = { what: "question", turn: 1, lane: 0, code: "upstream", message: "Model away." } as const;
    const page = await pageWith({ phase: "asking", failed: { ...failure, retryable: true } });
    expect(screen.getByText("Model away.")).toBeTruthy();
    press("Try again");
    expect(page.sent.at(-1)).toMatchObject({ type: "generation.retry" });
    for (let tries = 1; tries <= 32; tries += 1) press("Try again");
    await act(() => Promise.resolve());
    expect(page.sent).toHaveLength(32);
    expect(screen.getByText(/That was too quick/)).toBeTruthy();
  });

  it("is asked for a hint once at a time", async () => {
    const page = await pageWith(answering);
    press("Give me a hint");
    expect(page.sent.at(-1)).toMatchObject({ type: "hint.request", turn: 1 });
    expect(button("Give me a hint").disabled).toBe(true);
    await page.refuse("rate_limited");
    expect(button("Give me a hint").disabled).toBe(false);
  });

  it("ends in a report", async () => {
    const report = {
      ...{ text: "Well done.", score: 4.25, max: 5, strengths: ["Clear."], improvements: [], unscored: [] },
      ...{ competencies: [], turns: [], comparison: null, lanes: [] },
    };
    const page = await pageWith({ phase: "reporting", finished_at: 5_000, turns: [turn({ skipped: true })] });
    expect(screen.getByText("Writing your report…")).toBeTruthy();
    await page.happen({ type: "report.started" }, { type: "report.delta", text: "Well" });
    expect(screen.getByRole("main").textContent).toContain("Well");
    await page.happen({ type: "report.completed", text: "Well done.", report });
    expect(screen.getByRole("main").textContent).toContain("4.3 of 5");
    expect(screen.getByText("Clear.")).toBeTruthy();
    expect(document.activeElement?.textContent).toBe("Your report");
  });
});

describe("an answer", () => {
  it("is sent once, by button or keys, and its draft goes when the server has it", async () => {
    const page = await pageWith(answering);
    write("I led it.");
    fireEvent.keyDown(field(), { key: "Enter", ctrlKey: true });
    fireEvent.keyDown(field(), { key: "Enter", metaKey: true });
    expect(page.sent).toEqual([{ type: "answer.submit", turn: 1, text: "I led it.", id: "id-1" }]);
    expect([button("Sending…").disabled, field().readOnly]).toEqual([true, true]);
    await page.hear({ type: "ack", re: "id-1", epoch: 1, seq: 1, repeated: false });
    expect(button("Sending…")).toBeTruthy();
    await page.happen(accepted);
    expect(field().value).toBe("");
    expect(page.kept.getItem("viva.draft.i1.1")).toBeNull();
  });

  it("in Korean is sent when its last syllable is composed", async () => {
    const page = await pageWith(answering);
    write("제가 이끌었습니다");
    fireEvent.keyDown(field(), { key: "Enter", ctrlKey: true, isComposing: true });
    expect(page.sent).toEqual([]);
    fireEvent.compositionEnd(field());
    expect(page.sent).toHaveLength(1);
  });

  it("that is refused because its question was closed meanwhile is not taken for the next one's", async () => {
    const page = await pageWith(answering);
    write("I led it.");
    press("Send answer");
    await page.happen({ type: "answer.skipped", turn: 1 }, ...asked(2, "And then?"));
    await page.refuse("wrong_turn");
    expect([field().value, page.kept.getItem("viva.draft.i1.1")]).toEqual(["", null]);
    expect(screen.getByRole("alert").textContent).toContain("That question is already closed.");
  });

  it("that is refused is there to be changed, under a new id", async () => {
    const page = await pageWith(answering);
    write("Too long");
    press("Send answer");
    await page.refuse("too_large");
    expect(screen.getByRole("alert").textContent).toContain("That is too long.");
    expect([field().value, field().readOnly]).toEqual(["Too long", false]);
    expect(page.kept.getItem("viva.draft.i1.1")).toBe('{"text":"Too long","sentAs":null}');
    write("Short");
    press("Send answer");
    expect(page.sent.map((command) => command["id"])).toEqual(["id-1", "id-2"]);
  });

  it("survives a reload while it is being written", async () => {
    const page = await pageWith(answering);
    write("Half a thou");
    cleanup();
    const again = await pageWith(answering, page.kept);
    expect(field().value).toBe("Half a thou");
    expect(again.sent).toEqual([]);
  });

  it("survives a reload on its way, and is sent again under the same id", async () => {
    const page = await pageWith(answering);
    write("I led it.");
    press("Send answer");
    cleanup();
    const again = await pageWith(answering, page.kept);
    expect(again.sent).toEqual(page.sent);
    expect(button("Sending…")).toBeTruthy();
    await again.happen(accepted);
    expect(again.sent).toHaveLength(1);
  });

  it("is not sent blank, or longer than the server takes", async () => {
    await pageWith(answering);
    write("  \n");
    expect(button("Send answer").disabled).toBe(true);
    write("🙂".repeat(10_000));
    expect(button("Send answer").disabled).toBe(false);
    write("a".repeat(10_001));
    expect(button("Send answer").disabled).toBe(true);
    expect(screen.getByText("1 character too many")).toBeTruthy();
  });

  it("that was begun is not dropped by a skip without a question", async () => {
    const page = await pageWith(answering);
    press("Skip this question");
    expect(page.sent.at(-1)).toMatchObject({ type: "question.skip", turn: 1 });
    expect(button("Skip this question").disabled).toBe(true);
    await page.refuse("storage_unavailable");
    write("Something");
    press("Skip this question");
    expect(page.sent).toHaveLength(1);
    expect(screen.getByRole("dialog").textContent).toContain("What you have written is not sent.");
  });
});

describe("the connection", () => {
  it("is spoken of only when it has been gone for a while", async () => {
    const page = await pageWith(answering);
    await page.close(1006);
    expect(screen.queryByText("Reconnecting…")).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(1_600));
    expect(screen.getAllByText("Reconnecting…").length).toBeGreaterThan(0);
    await page.hear(opened({ resumed: true }));
    expect(screen.getByRole("log").textContent).toContain("Connected again.");
    expect(screen.queryByRole("button", { name: "Try now" })).toBeNull();
  });

  it("that another window took can be taken back", async () => {
    const page = await pageWith(answering);
    await page.close(4409);
    expect(screen.getByRole("heading", { name: "Open in another window" })).toBe(document.activeElement);
    press("Continue here");
    await page.open(answering);
    expect(field()).toBeTruthy();
  });

  it("to an interview that isn't there says so", async () => {
    const page = new Page(storage({ "viva.language": "en" }));
    await page.close(4404);
    expect(screen.getByRole("heading", { name: "No such interview" })).toBeTruthy();
  });
});

describe("a token", () => {
  const MINA = token("mina");
  const LATER = token("mina", 3_000);
  const settled = () => act(() => vi.advanceTimersByTimeAsync(0));

  async function signedIn(): Promise<[Page, PeopleServer]> {
    const people = new PeopleServer(MINA, LATER);
    const page = new Page(storage({ "viva.language": "en" }), people, MINA);
    await settled();
    await page.open(answering);
    return [page, people];
  }

  it("that runs out in mid-answer leaves the answer where it is, and the next one goes on from there", async () => {
    const [page, people] = await signedIn();
    write("Half");
    const before = field();
    people.admitted?.delete(MINA);
    await page.close(4401);
    await settled();
    expect(page.signIn.state.status).toBe("expired");
    expect([field() === before, field().value]).toEqual([true, "Half"]);
    page.signIn.accept(LATER);
    await settled();
    expect(page.openings.at(-1)).toMatchObject({ token: LATER, resume: { epoch: 1, seq: 0 } });
    await page.hear(opened({ resumed: true }));
    expect([field() === before, field().value]).toEqual([true, "Half"]);
  });

  it("that runs out while the connection is gone doesn't count as connected", async () => {
    const [page, people] = await signedIn();
    await page.close(1006);
    await act(() => vi.advanceTimersByTimeAsync(1_600));
    people.admitted?.delete(MINA);
    await page.close(4401);
    await settled();
    expect(page.signIn.state.status).toBe("expired");
    expect(screen.getByRole("log").textContent).toBe("Reconnecting…");
  });

  it("that runs out with an answer under way lets it be sent again, under the same id", async () => {
    const [page, people] = await signedIn();
    write("I led it.");
    press("Send answer");
    people.admitted?.delete(MINA);
    await page.close(4401);
    await settled();
    page.signIn.accept(LATER);
    await settled();
    await page.hear(opened({ resumed: true }));
    expect(page.sent).toHaveLength(2);
    expect(page.sent[1]).toEqual(page.sent[0]);
    await page.happen(accepted);
    expect(field().value).toBe("");
  });

  it("that a connection is refused with at once is asked for, and the interview opens with the next", async () => {
    const people = new PeopleServer(LATER);
    const page = new Page(storage({ "viva.language": "en" }), people, MINA);
    await settled();
    expect(page.signIn.state.status).toBe("expired");
    page.signIn.accept(LATER);
    await settled();
    expect(page.openings.at(-1)?.token).toBe(LATER);
    await page.open(answering);
    expect(field()).toBeTruthy();
  });
});
