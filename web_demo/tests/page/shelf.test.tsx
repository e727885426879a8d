// @vitest-environment happy-dom
/** The documents that were uploaded before: listed, read, used, left out, deleted. */
import { cleanup, fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { DocumentServer, sampleDocument } from "./document-server.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { pdf, PROFILE, settle, visit } from "./setup-page.tsx";

ownPageEachTest();

describe("documents that were uploaded before", () => {
  const before = () =>
    new DocumentServer(
      sampleDocument({ id: "d9", name: "new.pdf", profile: PROFILE }),
      sampleDocument({ id: "d8", name: "old.docx" }),
      sampleDocument({ id: "d7", name: "job.txt", kind: "job_description", media_type: "text/plain" }),
    );

  it("are listed by kind, to be used and left out again", async () => {
    const page = await visit(before());
    expect(page.within().getByText("Uploaded before (2)")).toBeTruthy();
    await page.press("Use old.docx", "resume");
    expect(page.within().getByText("Uploaded before (1)")).toBeTruthy();
    expect(page.within().getByText(page.text.documents.nothingRead)).toBeTruthy();
    await page.press("Use job.txt", "job_description");
    expect(await page.start()).toMatchObject({ document_ids: ["d8", "d7"] });
    await page.back();
    await page.press("Leave out old.docx", "resume");
    expect(await page.start()).toMatchObject({ document_ids: ["d7"] });
  });

  it("begin chosen as they were, as far as they are still there", async () => {
    const page = await visit(before());
    await page.press("Use new.pdf", "resume");
    await page.press("Use job.txt", "job_description");
    await page.start();
    cleanup();
    page.server.documents = page.server.documents.filter(({ id }) => id !== "d7");
    location.hash = "";
    const again = await visit(page.server, { kept: page.kept });
    expect(await again.start()).toMatchObject({ document_ids: ["d9"] });
  });

  it("are deleted for good, when that is confirmed", async () => {
    const page = await visit(before());
    await page.press("Use new.pdf", "resume");
    await page.press("Delete new.pdf", "resume");
    const dialog = screen.getByRole("dialog", { name: "Delete this document?" });
    expect(page.server.deleted).toEqual([]);
    fireEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await settle();
    expect(page.server.deleted).toEqual(["d9"]);
    expect(page.within().queryByText("new.pdf")).toBeNull();
    expect(page.log).toContain("new.pdf has been deleted.");
    expect(await page.start()).not.toHaveProperty("document_ids");
  });

  it("are shown with the whole text that was read, also at the second try", async () => {
    const page = await visit(before());
    page.server.text = "Mina Kim\n\n백엔드 개발자 <b>bold</b>";
    page.server.broken.set("/v1/documents/d8", "storage_unavailable");
    await page.press("Use old.docx", "resume");
    await page.press("The whole text of old.docx", "resume");
    const dialog = screen.getByRole("dialog", { name: "The whole text of old.docx" });
    expect(within(dialog).getByRole("alert")).toBeTruthy();
    page.server.broken.clear();
    fireEvent.click(within(dialog).getByRole("button", { name: "Try again" }));
    await settle();
    const shown = within(dialog).getByRole("paragraph");
    expect([shown.textContent, shown.lang]).toEqual([page.server.text, "ko"]);
    fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
    await settle();
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("may fail to be listed again, and what was uploaded meanwhile stays", async () => {
    const server = before();
    server.broken.set("/v1/documents", "storage_unavailable");
    const page = await visit(server);
    server.broken.clear();
    await page.drop([pdf()]);
    await page.take({ id: "d10" });
    server.broken.set("/v1/documents", "storage_unavailable");
    await page.press("Try again");
    expect(page.within().getByText("mina.pdf")).toBeTruthy();
    server.broken.clear();
    await page.press("Try again");
    expect(page.within().getByText("Uploaded before (2)")).toBeTruthy();
    expect(await page.start()).toMatchObject({ document_ids: ["d10"] });
  });

  it("that are gone already count as deleted, and what can't be deleted says so", async () => {
    const page = await visit(before());
    page.server.documents = page.server.documents.filter(({ id }) => id !== "d8");
    await page.press("Delete old.docx", "resume");
    await page.press("Delete");
    expect(page.within().queryByText("old.docx")).toBeNull();
    page.server.broken.set("/v1/documents/d9", "storage_unavailable");
    await page.press("Delete new.pdf", "resume");
    await page.press("Delete");
    expect(page.within().getByRole("alert").textContent).toContain(page.text.errors.storage_unavailable);
    expect(page.within().getByText("new.pdf")).toBeTruthy();
  });

  it("that went meanwhile are told of at the start, and looked up again", async () => {
    const page = await visit(before());
    await page.press("Use old.docx", "resume");
    page.server.documents = page.server.documents.filter(({ id }) => id !== "d8");
    await page.start();
    expect(screen.getByText(page.text.errors.document_gone)).toBeTruthy();
    expect(page.within().queryByText("old.docx")).toBeNull();
    expect(await page.start()).not.toHaveProperty("document_ids");
  });

  it("that can't be listed hold nothing up", async () => {
    const server = before();
    server.broken.set("/v1/documents", "storage_unavailable");
    const page = await visit(server);
    expect(screen.getByText(page.text.errors.storage_unavailable)).toBeTruthy();
    expect(page.startButton.disabled).toBe(false);
    server.broken.clear();
    await page.press("Try again");
    expect(page.within().getByText("Uploaded before (2)")).toBeTruthy();
  });
});
