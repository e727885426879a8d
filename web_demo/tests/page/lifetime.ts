/** Each test's page: its own, with a clock that the test turns, and gone at its end. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

export function ownPageEachTest(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("scrollTo", () => undefined);
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
