/** The time that is left: it stands while the interview is paused, and says aloud when little remains. */
import { useEffect, useRef } from "react";
import { useAnnounce } from "../../app/announcer.tsx";
import { useNow } from "../../app/useNow.ts";
import type { TimeLeft } from "../../client/core.ts";
import { useText } from "../../i18n/language.tsx";

const MINUTE = 60_000;
/** Said when so many minutes are left. */
const SAID = [5, 1];

export function Countdown({ timeLeft, running }: { timeLeft: TimeLeft; running: boolean }) {
  const text = useText();
  const announce = useAnnounce();
  const now = useNow(running);
  const left = Math.max(0, timeLeft.remaining_ms - (running ? Math.max(0, now - timeLeft.at) : 0));

  const minutes = Math.ceil(left / MINUTE);
  const before = useRef(minutes);
  useEffect(() => {
    if (minutes < before.current && SAID.includes(minutes)) announce(text.interview.timeLeftSaid(minutes));
    before.current = minutes;
  }, [minutes, announce, text]);

  return (
    <p
      role="timer"
      aria-label={text.interview.timeLeft}
      className={`text-sm tabular-nums ${left <= MINUTE ? "font-semibold text-danger" : "text-soft"}`}
    >
      {clock(left)}
    </p>
  );
}

/** `h:mm:ss`, or `m:ss` below an hour; the last second is shown until it is over. */
export function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, "0"));
  return hours === "00" ? `${Number(minutes)}:${rest}` : `${Number(hours)}:${minutes}:${rest}`;
}
