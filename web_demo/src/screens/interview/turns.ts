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

/** The mean of some scores, on the first one's scale; null where there are none. */
export function meanScore(scores: readonly Score[]): { score: number; max: number } | null {
  const max = scores[0]?.max;
  if (max === undefined) return null;
  const parts = scores.reduce((sum, one) => sum + one.score / one.max, 0);
  return { score: (parts / scores.length) * max, max };
}

/** All that a turn's reviewers quote. */
export function quotesIn(turn: Turn): string[] {
  return turn.feedback.flatMap(({ scores }) => scores ?? []).flatMap(({ evidence }) => evidence);
}
