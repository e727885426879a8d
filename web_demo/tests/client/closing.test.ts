import { describe, expect, it } from "vitest";
import { backoff, closeAction } from "../../src/client/closing.ts";

describe("a close code", () => {
  it.each([
    [1000, "done"],
    [1005, "reconnect"],
    [1006, "reconnect"],
    [1009, "stop"],
    [1015, "reconnect"],
    [4100, "reconnect_now"],
    [4104, "reconnect"],
    [4199, "reconnect"],
    [4401, "renew_token"],
    [4409, "stop"],
    [4499, "stop"],
    [3999, "stop"],
  ])("%i means %s", (code, action) => {
    expect(closeAction(code)).toBe(action);
  });
});

describe("the backoff", () => {
  it("is anywhere up to a bound that doubles, and ends at half a minute", () => {
    expect([0, 1, 2, 5, 6, 60].map((n) => backoff(n, 0.5))).toEqual([250, 500, 1_000, 8_000, 15_000, 15_000]);
    expect(backoff(9, 0)).toBe(0);
  });
});
