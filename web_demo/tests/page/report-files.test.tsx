// @vitest-environment happy-dom
/** Taking the report along: as what, under which name, and what is said where that fails. */
import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Send } from "../../src/client/networked/http.ts";
import type { Report } from "../../src/client/contract/types.ts";
import { turn } from "../client/samples.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";
import { PeopleServer } from "./people.ts";

const REPORT: Report = {
  ...{ text: "Well.", score: 3, max: 5, competencies: [], strengths: [], improvements: [], turns: [] },
  ...{ unscored: [], comparison: null, lanes: [] },
};

/** Answers with the media type that it was asked for. */
class Press extends PeopleServer {
  refusal: string | null = null;
  override readonly send: Send = (_, init) => {
    if (this.refusal !== null) return Promise.resolve(refusing(this.refusal));
    const type = new Headers(init.headers).get("Accept") ?? "";
    return Promise.resolve(new Response(type, { headers: { "Content-Type": type } }));
  };
}

function refusing(code: string): Response {
  const headers = { "Content-Type": "application/problem+json" };
  return new Response(JSON.stringify({ code, retryable: true, details: {} }), { status: 503, headers });
}

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 10)));

describe("the report", () => {
  const saved: [string, Blob][] = [];

  beforeEach(() => {
    saved.length = 0;
    vi.stubGlobal("scrollTo", () => undefined);
    const blobs: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${blobs.push(blob as Blob)}`);
    vi.spyOn(URL, "revokeObjectURL").mockReturnValue();
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      saved.push([this.download, blobs[Number(this.href.slice("blob:".length)) - 1] ?? new Blob()]);
    });
  });
  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  async function reported(language: "en" | "ko"): Promise<Press> {
    const press = new Press();
    const page = new Page(storage({ "viva.language": language }), press);
    await page.open({ phase: "finished", turns: [turn({ answer: "I led it." })], report: REPORT });
    return press;
  }

  it.each([
    ["en", "Download (PDF)", "pdf", "application/pdf"],
    ["en", "Download (HTML)", "html", "text/html"],
    ["en", "Download (Markdown)", "md", "text/markdown"],
    ["ko", "PDF로 받기", "pdf", "application/pdf"],
    ["ko", "HTML로 받기", "html", "text/html"],
    ["ko", "마크다운으로 받기", "md", "text/markdown"],
  ] as const)("is taken along in %s by %s", async (language, label, suffix, type) => {
    await reported(language);
    fireEvent.click(screen.getByRole("button", { name: label }));
    await settle();
    expect(saved.map(([name, { type: kind }]) => [name, kind])).toEqual([
      [expect.stringMatching(new RegExp(`^viva-.+-\\d{4}-\\d\\d-\\d\\d\\.${suffix}$`)), type],
    ]);
  });

  it("isn't, where the server refuses; and that is said", async () => {
    const press = await reported("en");
    press.refusal = "overloaded";
    fireEvent.click(screen.getByRole("button", { name: "Download (PDF)" }));
    await settle();
    expect(saved).toEqual([]);
    expect(screen.getByRole("alert").textContent).not.toBe("");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Download (PDF)" }).disabled).toBe(false);
  });
});
