/** How an answer was spoken, in words: what was counted, and no judgement of it (docs/delivery.md). */
import type { Delivery, Mark } from "../../client/contract/types.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";

/** A line for each thing that there is to say. */
export function spokenLines(delivery: Delivery, text: Catalogue["report"]["spoken"]): string[] {
  const lines = [text.share(clock(delivery.speech_ms), clock(delivery.duration_ms))];
  if (delivery.pace > 0) {
    const pace = delivery.pace_unit === "words_per_minute" ? text.words : text.syllables;
    lines.push(pace(Math.round(delivery.pace)));
  }
  if (delivery.pauses.length > 0) {
    const longestMs = Math.max(...delivery.pauses.map(({ start_ms, end_ms }) => end_ms - start_ms));
    lines.push(text.pauses(delivery.pauses.length, (longestMs / 1_000).toFixed(1)));
  }
  const { fillers, hedges, repeated } = delivery;
  if (fillers.length > 0) lines.push(text.fillers(fillers.length, counted(fillers)));
  if (hedges.length > 0) lines.push(text.hedges(hedges.length, counted(hedges)));
  if (repeated.length > 0) lines.push(text.repeated(repeated.length, counted(repeated)));
  return lines;
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Each once, the most frequent first. */
function counted(marks: readonly Mark[]): string {
  const counts = new Map<string, { text: string; count: number }>();
  for (const { text } of marks) {
    const known = counts.get(text.toLowerCase());
    if (known === undefined) counts.set(text.toLowerCase(), { text, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ text, count }) => (count > 1 ? `${text} ×${count}` : text))
    .join(", ");
}
