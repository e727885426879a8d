/** How a request goes out whose progress is watched, against an XMLHttpRequest that is led by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { browserSend, STALLED_MS } from "../../src/client/networked/send.ts";

const URL_ASKED = new URL("https://host/v1/documents");

/** An XMLHttpRequest, as far as is needed here; what comes of it is told by the test. */
class HandledRequest {
  static newest: HandledRequest;
  readonly upload: { onprogress?: (event: object) => void; onload?: () => void } = {};
  readonly headers: [string, string][] = [];
  opened: unknown[] = [];
  sent: unknown;
  aborted = false;
  status = 0;
  statusText = "";
  responseText = "";
  responseURL = "";
  type: string | null = null;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;

  constructor() {
    HandledRequest.newest = this;
  }

  open(...asked: unknown[]) {
    this.opened = asked;
  }

  setRequestHeader(name: string, value: string) {
    this.headers.push([name, value]);
  }

  getResponseHeader(name: string) {
    return name === "Content-Type" ? this.type : null;
  }

  send(body: unknown) {
    this.sent = body;
  }

  abort() {
    this.aborted = true;
    this.onabort?.();
    this.onloadend?.();
  }

  answer(status: number, text: string, { type = "application/json", from = URL_ASKED.href } = {}) {
    Object.assign(this, { status, responseText: text, type, responseURL: from });
    this.onload?.();
    this.onloadend?.();
  }

  fail() {
    this.onerror?.();
    this.onloadend?.();
  }
}

function post(signal?: AbortSignal) {
  const progress: number[] = [];
  const init = { method: "POST", headers: { Authorization: "Bearer t" }, body: "bytes" };
  const answering = browserSend(URL_ASKED, signal === undefined ? init : { ...init, signal }, (sent) => {
    progress.push(sent);
  });
  // Looked at later, but never unhandled.
  answering.catch(() => undefined);
  return { answering, progress, request: HandledRequest.newest };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", HandledRequest);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a request that is watched", () => {
  it("goes out as it was asked for, tells how far it is, and brings the answer", async () => {
    const { answering, progress, request } = post();
    expect([request.opened, request.headers, request.sent]).toEqual([
      ["POST", URL_ASKED],
      [["authorization", "Bearer t"]],
      "bytes",
    ]);
    for (const loaded of [10, 30, 40]) request.upload.onprogress?.({ loaded, total: 40 });
    request.upload.onload?.();
    expect(progress).toEqual([0.25, 0.75, 1]);
    request.answer(413, '{"code":"too_large"}', { type: "application/problem+json" });
    const answer = await answering;
    expect([answer.status, answer.headers.get("Content-Type"), await answer.text()]).toEqual([
      413,
      "application/problem+json",
      '{"code":"too_large"}',
    ]);
  });

  it("may be answered without a body", async () => {
    const { answering, request } = post();
    request.answer(204, "");
    expect((await answering).status).toBe(204);
  });

  it("fails where there is no answer, or one from elsewhere", async () => {
    const unanswered = post();
    unanswered.request.fail();
    await expect(unanswered.answering).rejects.toThrow(TypeError);
    const redirected = post();
    redirected.request.answer(201, "{}", { from: "https://elsewhere/v1/documents" });
    await expect(redirected.answering).rejects.toThrow("redirected");
  });

  it("is given up when that is asked for, before or meanwhile", async () => {
    const giving = new AbortController();
    const { answering, request } = post(giving.signal);
    giving.abort();
    expect(request.aborted).toBe(true);
    await expect(answering).rejects.toMatchObject({ name: "AbortError" });
    await expect(post(giving.signal).answering).rejects.toMatchObject({ name: "AbortError" });
  });

  it("is given up when nothing moves for long, and lets no clock run on behind it", async () => {
    const { answering, request } = post();
    vi.advanceTimersByTime(STALLED_MS - 1);
    request.upload.onprogress?.({ loaded: 1, total: 2 });
    vi.advanceTimersByTime(STALLED_MS - 1);
    request.upload.onload?.();
    vi.advanceTimersByTime(STALLED_MS - 1);
    expect(request.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(request.aborted).toBe(true);
    await expect(answering).rejects.toMatchObject({ name: "AbortError" });
    post().request.answer(200, "{}");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a request that nobody watches", () => {
  it("is fetched", async () => {
    const fetched = vi.fn(() => Promise.resolve(new Response("{}")));
    vi.stubGlobal("fetch", fetched);
    const init = { method: "GET" };
    await browserSend(URL_ASKED, init);
    expect(fetched).toHaveBeenCalledWith(URL_ASKED, init);
  });
});
