/** Whether a voice comes through: yes once it did, no when nothing came for a while. */
import { useEffect, useState } from "react";
import { useLasting } from "../../../app/useLasting.ts";
import type { LevelMeter } from "../../../microphone/level.ts";

/** So many loud frames are no click of a key. */
const SURE = 3;
const PATIENCE_MS = 4_000;

export function useHears(meter: LevelMeter): "heard" | "nothing" | null {
  const [heard, setHeard] = useState(false);
  useEffect(() => {
    let loud = 0;
    return meter.subscribe(() => {
      const { loudness } = meter.level;
      loud = loudness === "good" || loudness === "loud" ? loud + 1 : 0;
      if (loud >= SURE) setHeard(true);
    });
  }, [meter]);
  const late = useLasting(!heard, PATIENCE_MS);
  if (heard) return "heard";
  return late ? "nothing" : null;
}
