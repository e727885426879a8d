/** Something fetched when a screen opens: pending, there, or failed, and fetched again on request. */
import { useCallback, useEffect, useState } from "react";
import { type Problem, problemOf } from "./problem.ts";

export type Loaded<T> =
  { status: "loading" } | { status: "loaded"; value: T } | { status: "failed"; problem: Problem };

export function useLoaded<T>(load: () => Promise<T>): [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    const set = (next: Loaded<T>) => {
      if (wanted) setLoaded(next);
    };
    load().then(
      (value) => {
        set({ status: "loaded", value });
      },
      (thrown: unknown) => {
        set({ status: "failed", problem: problemOf(thrown) });
      },
    );
    return () => {
      wanted = false;
    };
  }, [load, attempt]);
  const again = useCallback(() => {
    setLoaded({ status: "loading" });
    setAttempt((n) => n + 1);
  }, []);
  return [loaded, again];
}
