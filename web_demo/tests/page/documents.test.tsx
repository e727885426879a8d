// @vitest-environment happy-dom
/** Documents on the first screen: brought, sent, read, shown, left out, deleted, and what an interview is asked with. */
import { act, createEvent, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { catalogues } from "../../src/i18n/catalogue.ts";
import { DocumentServer, sampleDocument } from "./document-server.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { token } from "./people.ts";
import { pdf, PROFILE, settle, visit } from "./setup-page.tsx";

ownPageEachTest();

describe.each(["en", "ko"] as const)("a document, in %s", (language) => {
  it("is dropped, sent, read and shown, and the interview is asked with it", async () => {
    const page = await visit(new DocumentServer(), { language });
    const { documents } = page.text;
    await page.drop([pdf("이력서.pdf".normalize("NFD"))]);
    expect([page.incoming.kind, page.incoming.file.name]).toEqual(["resume", "이력서.pdf"]);
    await page.progress(0.4);
    const bar = page.within().getByRole("progressbar");
    expect(bar.getAttribute("aria-valuenow")).toBe("40");
    expect(page.startButton.disabled).toBe(true);
    expect(screen.getByText(page.text.setup.startsAfterReading)).toBeTruthy();
    await page.progress(1);
    expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuetext")]).toEqual([
      null,
      documents.reading,
    ]);
    expect(page.log).toContain(documents.reading);
    await page.take();
    expect(page.log).toContain(documents.read("이력서.pdf"));
    const skills = page.within().getByRole("region", { name: documents.parts.resume.skills });
    expect(
      within(skills)
        .getAllByRole("listitem")
        .map((each) => each.textContent),
    ).toEqual(PROFILE.skills);
    const experience = page.within().getByRole("region", { name: documents.parts.resume.experience });
    expect(experience.textContent).toContain("Backend engineer · Acme · 2019 – 2024Built the ledger.");
    expect(page.within().queryByRole("region", { name: documents.parts.resume.education })).toBeNull();
    expect(page.field().textContent).toContain(documents.mediaTypes.pdf);
    expect(await page.start()).toMatchObject({ document_ids: ["d1"] });
  });

  it.each([
    [415, "unsupported_media", "unsupported"],
    [415, "unsupported_media", "damaged"],
    [415, "unsupported_media", "encrypted"],
    [415, "unsupported_media", "scanned"],
    [415, "unsupported_media", "empty"],
    [413, "too_large", "too_many_pages"],
    [413, "too_large", "too_large"],
    [415, "unsupported_media", "too_slow"],
    [415, "unsupported_media", "too_complex"],
    [415, "unsupported_media", "infected"],
    [503, "overloaded", "busy"],
    [503, "overloaded", "scanner"],
    [403, "forbidden", "too_many_documents"],
  ] as const)("that is refused with %i %s %s is told why", async (status, code, reason) => {
    const page = await visit(new DocumentServer(), { language });
    const { documents, retry } = page.text;
    await page.drop([pdf()]);
    await page.refuse(status, code, { reason }, status === 503);
    const alert = page.within().getByText(documents.problems[reason]).closest('[role="alert"]');
    expect(alert?.textContent).toContain("mina.pdf");
    const again = page.within().queryByRole("button", { name: retry });
    expect(again !== null).toBe(status === 503 || reason === "too_slow");
    // Another can be brought at once.
    expect(page.within().getByRole("button", { name: documents.choose.resume })).toBeTruthy();
  });

  it.each([
    [415, "unsupported_media", { reason: "haunted" }, "unreadable"],
    [413, "too_large", { limit: 1_000 }, "too_large"],
    [503, "overloaded", {}, "busy"],
  ] as const)("that is refused with %i %s %o is told so in general", async (...refused) => {
    const [status, code, details, sentence] = refused;
    const page = await visit(new DocumentServer(), { language });
    await page.drop([pdf()]);
    await page.refuse(status, code, details);
    expect(page.within().getByText(page.text.documents.problems[sentence])).toBeTruthy();
  });
});

describe("a file", () => {
  it("is chosen by a button, and the same one can be chosen again", async () => {
    const page = await visit();
    const input = page.field().querySelector<HTMLInputElement>("input[type=file]");
    if (input === null) throw new Error("There is no file chooser");
    const click = vi.spyOn(input, "click").mockImplementation(() => undefined);
    await page.press("Choose your résumé");
    expect(click).toHaveBeenCalledOnce();
    expect(input.accept).toContain(".docx");
    fireEvent.change(input, { target: { files: [pdf()] } });
    await settle();
    expect([page.server.incoming.length, input.value]).toEqual([1, ""]);
  });

  it("is pasted where the focus is, but text goes into the field", async () => {
    const page = await visit();
    const choose = page
      .within("job_description")
      .getByRole("button", { name: page.text.documents.choose.job_description });
    fireEvent.paste(choose, { clipboardData: { files: [pdf("job.pdf")] } });
    await settle();
    expect([page.incoming.kind, page.incoming.file.name]).toEqual(["job_description", "job.pdf"]);
    const field = page.within("job_description").getByLabelText(page.text.documents.pasted);
    fireEvent.paste(field, { clipboardData: { files: [pdf("picture-of-text.pdf")] } });
    await settle();
    expect(page.server.incoming).toHaveLength(1);
  });

  it.each([
    ["over.pdf", "application/pdf", 10 * 1024 * 1024 + 1, "This file is too large. It may have up to 10 MB."],
    ["letter.doc", "application/msword", 10, catalogues.en.documents.problems.unsupported],
    ["letter.hwp", "", 10, catalogues.en.documents.problems.unsupported],
    ["empty.txt", "text/plain", 0, catalogues.en.documents.problems.empty],
  ])("%s of type %s with %i bytes isn't sent", async (name, type, size, sentence) => {
    const page = await visit();
    await page.drop([new File([new Uint8Array(size)], name, { type })]);
    expect(page.within().getByText(sentence)).toBeTruthy();
    expect(page.server.incoming).toEqual([]);
    await page.press("Dismiss", "resume");
    expect(page.within().queryByText(sentence)).toBeNull();
  });

  it.each([
    ["cv.PDF", ""],
    ["cv.md", "text/markdown;charset=utf-8"],
    ["cv", ""],
    ["", "application/pdf"],
  ])("named '%s' of type '%s' is sent", async (name, type) => {
    const page = await visit();
    await page.drop([new File(["x"], name, { type })]);
    expect(page.incoming.file.name).toBe(name === "" ? "resume" : name);
  });

  it("that can't be opened isn't sent, nor are several at once", async () => {
    const page = await visit();
    const folder = pdf("folder.pdf");
    vi.spyOn(folder, "slice").mockImplementation(() => {
      throw new DOMException("Not readable", "NotReadableError");
    });
    await page.drop([folder]);
    expect(page.within().getByText(page.text.documents.problems.unopened)).toBeTruthy();
    await page.drop([pdf(), pdf("other.pdf")]);
    expect(page.within().getByText(page.text.documents.problems.several)).toBeTruthy();
    expect(page.server.incoming).toEqual([]);
  });

  it("is expected where it is dragged over, until it is dragged away again", async () => {
    const page = await visit();
    const field = page.field();
    const isMarked = () => field.querySelector(".outline-focus") !== null;
    const drag = (types: string[]) => {
      const over = createEvent.dragOver(field, { dataTransfer: { types, files: [] } });
      fireEvent(field, over);
      return over.defaultPrevented;
    };
    expect([drag(["text/plain"]), isMarked()]).toEqual([false, false]);
    expect([drag(["Files"]), isMarked()]).toEqual([true, true]);
    const leaveFor = (relatedTarget: Element | null) => {
      // This DOM's own events know no related target.
      fireEvent(
        field,
        Object.defineProperty(createEvent.dragLeave(field), "relatedTarget", { value: relatedTarget }),
      );
    };
    leaveFor(field.firstElementChild);
    expect(isMarked()).toBe(true);
    leaveFor(document.body);
    expect(isMarked()).toBe(false);
  });

  it("that is dropped beside its place isn't opened by the browser", async () => {
    await visit();
    const drop = createEvent.drop(screen.getByRole("main"), {
      dataTransfer: { types: ["Files"], files: [] },
    });
    fireEvent(screen.getByRole("main"), drop);
    expect(drop.defaultPrevented).toBe(true);
    const text = createEvent.drop(screen.getByRole("main"), { dataTransfer: { types: ["text/plain"] } });
    fireEvent(screen.getByRole("main"), text);
    expect(text.defaultPrevented).toBe(false);
  });
});

describe("an upload", () => {
  it("can be given up at any time, and what comes of it later is passed over", async () => {
    const page = await visit();
    await page.drop([pdf()]);
    await page.progress(1);
    await page.press("Cancel", "resume");
    expect(page.incoming.signal.aborted).toBe(true);
    await page.take();
    expect(page.within().queryByText("mina.pdf")).toBeNull();
    expect(page.within().queryByRole("alert")?.textContent ?? "").toBe("");
    expect(await page.start()).not.toHaveProperty("document_ids");
  });

  it("that doesn't get through is tried again on request", async () => {
    const page = await visit();
    await page.drop([pdf()]);
    page.incoming.answer(new Response("<html>", { status: 502 }));
    await settle();
    expect(page.within().getByText(page.text.errors.unreachable)).toBeTruthy();
    await page.press("Try again", "resume");
    expect(page.server.incoming).toHaveLength(2);
    await page.take();
    expect(page.within().getByText("mina.pdf")).toBeTruthy();
  });

  it("gives way to a newer one of its kind, and goes on beside one of the other", async () => {
    const page = await visit();
    await page.drop([pdf("old.pdf")]);
    const [old] = page.server.incoming;
    await page.drop([pdf("new.pdf")]);
    expect(old?.signal.aborted).toBe(true);
    await page.take({ id: "d2" });
    await page.drop([pdf("job.pdf")], "job_description");
    await page.drop([pdf("newest.pdf")]);
    const [, , job, newest] = page.server.incoming;
    newest?.answer(Response.json(sampleDocument({ id: "d4", name: "newest.pdf" })));
    job?.answer(Response.json(sampleDocument({ id: "d3", name: "job.pdf", kind: "job_description" })));
    await settle();
    page.server.documents = ["d2", "d3", "d4"].map((id) => sampleDocument({ id }));
    expect(await page.start()).toMatchObject({ document_ids: ["d4", "d3"] });
  });

  it("waits while its user has to sign in again, and goes on with the new token", async () => {
    const [first, later] = [token("mina"), token("mina", 3_000)];
    const server = new DocumentServer();
    server.admitted = [first, later];
    const page = await visit(server, { signedIn: first });
    server.admitted = [later];
    await page.drop([pdf()]);
    expect(page.signIn.state.status).toBe("expired");
    expect(page.within().getByText(page.text.documents.waitingForSignIn)).toBeTruthy();
    act(() => {
      page.signIn.accept(later);
    });
    await settle();
    expect(page.incoming.token).toBe(later);
    await page.take();
    expect(page.within().getByText("mina.pdf")).toBeTruthy();
  });

  it("and what came of another stay where they are when the page's language changes", async () => {
    const page = await visit();
    await page.drop([pdf()]);
    await page.take();
    await page.drop([pdf("job.pdf")], "job_description");
    await page.progress(0.5);
    fireEvent.click(screen.getByRole("button", { name: /한국어/ }));
    page.language = "ko";
    expect(page.within().getByText("mina.pdf")).toBeTruthy();
    expect(page.within("job_description").getByRole("progressbar").getAttribute("aria-valuenow")).toBe("50");
  });

  it("leaves the focus in its field", async () => {
    const page = await visit();
    page.within().getByRole("button", { name: "Choose your résumé" }).focus();
    await page.drop([pdf()]);
    expect(document.activeElement).toBe(page.field());
    await page.take();
    expect(page.field().contains(document.activeElement)).toBe(true);
  });
});

describe("the text of a job description", () => {
  it("goes along, unless it is too long", async () => {
    const page = await visit();
    const field = page
      .within("job_description")
      .getByLabelText<HTMLTextAreaElement>("Text of the job description");
    fireEvent.change(field, { target: { value: "🙂".repeat(20_001) } });
    expect(screen.getByText("1 character too many")).toBeTruthy();
    expect([page.startButton.disabled, field.getAttribute("aria-invalid")]).toEqual([true, "true"]);
    fireEvent.change(field, { target: { value: "  We want Python.  " } });
    expect(await page.start()).toMatchObject({ job_description: "We want Python." });
  });
});
