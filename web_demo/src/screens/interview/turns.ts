/** What the screens need to know of a turn. */
import type { Config, Score, Turn } from "../../client/contract/types.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";

export function hasOutcome(turn: Turn): boolean {
  return turn.answer !== null || turn.skipped;
}

/** The turn that waits for an answer, or null. */
export function openTurn(turns: readonly Turn[]): Turn | null {
  const last = turns.at(-1);
  return last === undefined || hasOutcome(last) ? null : last;
}

export function turnLabel({ kind, number }: Turn, text: Catalogue): string {
  return kind === "main" ? text.interview.question(number) : text.interview.followUp(number);
}

export function mainQuestions({ questions, question_list }: Config): number {
  return question_list?.length ?? questions;
}

/** Whether a score rests on words of the answer. Servers that don't say have none that doesn't. */
export function isSupported({ supported }: { supported?: boolean }): boolean {
  return supported !== false;
}

/** The mean of the scores that count, on the first one's scale; null where there are none. */
export function meanScore(scores: readonly Score[]): { score: number; max: number } | null {
  const counted = scores.filter(isSupported);
  const max = counted[0]?.max;
  if (max === undefined) return null;
  const parts = counted.reduce((sum, one) => sum + one.score / one.max, 0);
  return { score: (parts / counted.length) * max, max };
}

/** All that a turn's reviewers quote. */
export function quotesIn(turn: Turn): string[] {
  return turn.feedback.flatMap(({ scores }) => scores ?? []).flatMap(({ evidence }) => evidence);
}
