/** The time, for what counts down: it changes when the second does. */
import { useEffect, useState } from "react";

const SECOND = 1_000;

export function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, SECOND / 2);
    return () => {
      clearInterval(timer);
    };
  }, [running]);
  return now;
}
