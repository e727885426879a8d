/** What HTTP answers mean (`protocol.md` 7). */
import { describe, expect, it } from "vitest";
import { passes, readAck, readProblem } from "../../src/client/answers.ts";
import { ERROR_CODES } from "../../src/client/contract/tables.ts";

const error = { type: "error", re: "a", retryable: false, details: {} };

describe("a status", () => {
  it.each([200, 302, 408, 425, 429, 500, 502, 503, 504])("of %i may be another one in a while", (status) => {
    expect(passes(status)).toBe(true);
    expect(readProblem({ status, body: "<html>" }, "a")).toBeNull();
  });

  it.each([400, 401, 403, 404, 405, 409, 413, 415])("of %i may not", (status) => {
    expect(passes(status)).toBe(false);
    const expected = { ...error, code: "internal", message: `HTTP status ${status}` };
    expect(readProblem({ status, body: "<html>" }, "a")).toEqual(expected);
  });
});

describe("a problem", () => {
  it.each(ERROR_CODES)("%s is the error that it says", (code) => {
    const details = { retry_after_ms: 5 };
    const body = JSON.stringify({ title: "T", detail: "D.", code, retryable: true, details });
    const expected = { ...error, code, message: "D.", retryable: true, details };
    expect(readProblem({ status: 503, body }, "a")).toEqual(expected);
  });

  it.each([
    [
      { code: "x", title: "T" },
      { code: "x", message: "T" },
    ],
    [
      { code: "x", details: [] },
      { code: "x", message: "x" },
    ],
    [{ code: 5 }, { code: "internal", message: "HTTP status 400" }],
    [[], { code: "internal", message: "HTTP status 400" }],
  ])("may be half of one: %o", (problem, expected) => {
    const body = JSON.stringify(problem);
    expect(readProblem({ status: 400, body }, "a")).toEqual({ ...error, ...expected });
  });
});

it("an acknowledgement is that of the command", () => {
  const ack = { type: "ack", re: "a", epoch: 1, seq: 5, repeated: false };
  expect(readAck(JSON.stringify(ack), "a")).toEqual(ack);
  expect(readAck(JSON.stringify(ack), "b")).toBeNull();
  expect(readAck('{"type":"pong","re":"a"}', "a")).toBeNull();
  expect(readAck("<html>", "a")).toBeNull();
});
