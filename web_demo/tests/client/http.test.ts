/** The HTTP side, with answers as a network may bring them. */
import { describe, expect, it } from "vitest";
import { type Bearer, HttpApi, only } from "../../src/client/networked/http.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const PROBLEM = { "Content-Type": "application/problem+json" };

/** An answer whose body breaks off. */
function brokenOff(status: number, headers: Record<string, string>): Response {
  const body = new ReadableStream({
    start: (controller) => {
      controller.error(new TypeError("network error"));
    },
  });
  return new Response(body, { status, headers });
}

const answering = (response: Response) =>
  new HttpApi(new URL("https://host/"), only("secret"), () => Promise.resolve(response));

describe("a request", () => {
  it("to delete an interview is done where it has gone already", async () => {
    const gone = new Response('{"code":"not_found"}', { status: 404, headers: PROBLEM });
    await expect(answering(gone).delete("i1")).resolves.toBeUndefined();
    const away = new Response('{"code":"storage_unavailable"}', { status: 503, headers: PROBLEM });
    await expect(answering(away).delete("i1")).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("carries the token in its head, and follows no redirect with it", async () => {
    const asked: [URL, RequestInit][] = [];
    const api = new HttpApi(new URL("https://host/"), only("secret"), (url, init) => {
      asked.push([url, init]);
      return Promise.resolve(Response.json({ items: [], next_cursor: null }));
    });
    await api.interviews(8);
    await api.tryOut();
    for (const [url, { headers, redirect }] of asked) {
      expect(url.href).not.toContain("secret");
      expect(new Headers(headers).get("Authorization")).toBe("Bearer secret");
      expect(redirect).toBe("error");
    }
  });
});

describe("a report", () => {
  it.each([
    ["pdf", "application/pdf"],
    ["html", "text/html"],
    ["markdown", "text/markdown"],
  ] as const)("is asked for as %s", async (form, type) => {
    const asked: [string, string | null][] = [];
    const api = new HttpApi(new URL("https://host/under/"), only(), (url, init) => {
      asked.push([url.pathname, new Headers(init.headers).get("Accept")]);
      return Promise.resolve(new Response("it", { headers: { "Content-Type": type } }));
    });
    const report = await api.report("i/1", form);
    expect([report.type, await report.text()]).toEqual([type, "it"]);
    expect(asked).toEqual([["/under/v1/interviews/i%2F1/report", type]]);
  });
});

describe("an answer", () => {
  it.each([
    ["a page in the server's stead", () => new Response("<html>", { headers: JSON_TYPE })],
    ["cut off", () => brokenOff(200, JSON_TYPE)],
    ["a refusal that is cut off", () => brokenOff(401, PROBLEM)],
  ])("that is %s is none", async (_, response) => {
    await expect(answering(response()).interviews(8)).rejects.toMatchObject({
      name: "HttpError",
      code: "unreachable",
      retryable: true,
    });
  });

  it("whose document is cut off is none either", async () => {
    const given = answering(brokenOff(200, { "Content-Type": "text/markdown" })).report("i1", "markdown");
    await expect(given).rejects.toMatchObject({ code: "unreachable" });
  });

  it.each([
    [502, "<html>", {}, { code: "unreachable", retryable: true }],
    [403, "<html>", {}, { code: "internal", retryable: false }],
    [413, "<html>", {}, { code: "too_large", retryable: false, details: {} }],
    [503, '{"code":', PROBLEM, { code: "unreachable", retryable: true }],
    [409, '{"title":"No."}', PROBLEM, { code: "internal", retryable: false }],
    [409, '{"code":"wrong_phase","title":"No."}', PROBLEM, { code: "wrong_phase", message: "No." }],
    [415, '{"code":"x","details":{"reason":"damaged"}}', PROBLEM, { details: { reason: "damaged" } }],
    [415, '{"code":"x","details":["damaged"]}', PROBLEM, { details: {} }],
  ])("of %i with %j is told by its code", async (status, body, headers, error) => {
    const given = answering(new Response(body, { status, headers })).tryOut();
    await expect(given).rejects.toMatchObject({ status, ...error });
  });
});

describe("documents", () => {
  interface Asked {
    url: URL;
    init: RequestInit;
    onProgress: unknown;
  }

  /** An API whose requests are noted, and answered in turn. */
  function noting(...responses: Response[]): [HttpApi, Asked[]] {
    const asked: Asked[] = [];
    const bearer: Bearer = { token: "old", renewed: () => Promise.resolve("new") };
    const api = new HttpApi(new URL("https://host/deep/"), bearer, (url, init, onProgress) => {
      asked.push({ url, init, onProgress });
      return Promise.resolve(responses.shift() ?? Response.json({}));
    });
    return [api, asked];
  }

  it("are sent as a form, once more with another token where the first counts no more", async () => {
    const refused = new Response('{"code":"unauthenticated"}', { status: 401, headers: PROBLEM });
    const [api, asked] = noting(refused, Response.json({ id: "d1" }, { status: 201 }));
    const file = new File(["x"], "cv.txt");
    const watch = { onProgress: () => undefined, signal: new AbortController().signal };
    expect(await api.upload(file, "resume", watch)).toEqual({ id: "d1" });
    const form = (init: RequestInit) => [...(init.body as FormData).keys()];
    expect(asked.map(({ url, init }) => [url.pathname, init.method, form(init)])).toEqual([
      ["/deep/v1/documents", "POST", ["kind", "file"]],
      ["/deep/v1/documents", "POST", ["kind", "file"]],
    ]);
    for (const { init, onProgress } of asked)
      expect([init.signal, onProgress]).toEqual([watch.signal, watch.onProgress]);
    expect(asked.map(({ init }) => new Headers(init.headers).get("Authorization"))).toEqual([
      "Bearer old",
      "Bearer new",
    ]);
  });

  it("are listed, read, and deleted, which is done where they have gone already", async () => {
    const gone = new Response('{"code":"not_found"}', { status: 404, headers: PROBLEM });
    const away = new Response('{"code":"storage_unavailable"}', { status: 503, headers: PROBLEM });
    const list = Response.json({ items: [{ id: "d1" }], next_cursor: null });
    const read = Response.json({ id: "d1", text: "Mina Kim" });
    const [api, asked] = noting(list, read, new Response(null, { status: 204 }), gone, away);
    expect(await api.documents()).toEqual([{ id: "d1" }]);
    expect(await api.documentText("d/1")).toBe("Mina Kim");
    await api.deleteDocument("d/1");
    await api.deleteDocument("d1");
    await expect(api.deleteDocument("d1")).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(asked.map(({ url, init }) => `${init.method ?? "GET"} ${url.pathname}`).slice(0, 3)).toEqual([
      "GET /deep/v1/documents",
      "GET /deep/v1/documents/d%2F1",
      "DELETE /deep/v1/documents/d%2F1",
    ]);
  });
});
