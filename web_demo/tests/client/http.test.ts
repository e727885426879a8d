/** The HTTP side, with answers as a network may bring them. */
import { describe, expect, it } from "vitest";
import { HttpApi, only } from "../../src/client/networked/http.ts";

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
    const given = answering(brokenOff(200, { "Content-Type": "text/markdown" })).reportMarkdown("i1");
    await expect(given).rejects.toMatchObject({ code: "unreachable" });
  });

  it.each([
    [502, "<html>", {}, { code: "unreachable", retryable: true }],
    [403, "<html>", {}, { code: "internal", retryable: false }],
    [503, '{"code":', PROBLEM, { code: "unreachable", retryable: true }],
    [409, '{"title":"No."}', PROBLEM, { code: "internal", retryable: false }],
    [409, '{"code":"wrong_phase","title":"No."}', PROBLEM, { code: "wrong_phase", message: "No." }],
  ])("of %i with %j is told by its code", async (status, body, headers, error) => {
    const given = answering(new Response(body, { status, headers })).tryOut();
    await expect(given).rejects.toMatchObject({ status, ...error });
  });
});
