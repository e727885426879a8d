/**
 * Why nothing comes, and in how long it will: counted down from when it was told. Another waiting is another
 * component (`key`).
 */
import { useState } from "react";
import { useNow } from "../../app/useNow.ts";
import type { Waiting } from "../../client/contract/types.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";

/** Seconds are told in steps, as the time is an estimate. */
const STEP = 5;

export function WaitingFor({ waiting }: { waiting: Waiting }) {
  const text = useText();
  const [since] = useState(() => Date.now());
  const now = useNow(true);
  return waitingText({ ...waiting, retry_after_ms: waiting.retry_after_ms - Math.max(0, now - since) }, text);
}

/** The reason, and the time if there is enough of it to be worth telling. */
export function waitingText(
  { reason, retry_after_ms }: Pick<Waiting, "reason" | "retry_after_ms">,
  { interview }: Catalogue,
): string {
  const seconds = Math.ceil(retry_after_ms / 1_000 / STEP) * STEP;
  const why = interview.waiting[reason];
  return seconds >= STEP ? `${why} ${interview.waiting.seconds(seconds)}` : why;
}
