/** How loud the microphone hears: a row of steps that fills, and a word. */
import { useSyncExternalStore } from "react";
import { useText } from "../../../i18n/language.tsx";
import type { LevelMeter as Meter } from "../../../microphone/level.ts";

const STEPS = 16;

export function LevelMeter({ meter }: { meter: Meter }) {
  const text = useText();
  const { height, loudness } = useSyncExternalStore(meter.subscribe, () => meter.level);
  const filled = Math.round(height * STEPS);
  const word = text.voice.loudness[loudness];
  return (
    <div className="flex items-center gap-3">
      <div
        role="meter"
        aria-label={text.voice.level}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(height * 100)}
        aria-valuetext={word}
        className="flex h-4 items-end gap-0.5"
      >
        {Array.from({ length: STEPS }, (_, step) => (
          <span
            key={step}
            className={`w-1 rounded-full ${step < filled ? "h-full bg-ink" : "h-1 bg-edge"}`}
          />
        ))}
      </div>
      <span aria-hidden="true" className={`text-xs ${loudness === "loud" ? "text-danger" : "text-soft"}`}>
        {word}
      </span>
    </div>
  );
}
