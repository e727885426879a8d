/** Each test's page: its own, and gone at its end. */
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

// A busy machine fails no test.
configure({ asyncUtilTimeout: 30_000 });

export function ownPageEachTest(): void {
  beforeEach(() => {
    vi.stubGlobal("scrollTo", () => undefined);
  });
  afterEach(() => {
    cleanup();
    location.hash = "";
    vi.unstubAllGlobals();
  });
}

/** The same, with a clock that the test turns. */
export function ownPageAndClockEachTest(): void {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  // What is registered last is called first: the page goes before its clock does.
  afterEach(() => {
    vi.useRealTimers();
  });
  ownPageEachTest();
}
