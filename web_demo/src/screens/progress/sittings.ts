/** What there is to show of past scores: by interview, and by competency. Pure. */
import type { PastScore } from "../../client/progress.ts";
import type { Rubric } from "../../client/rubric.ts";
import type { Language } from "../../i18n/catalogue.ts";

/** A finished interview, and what was scored in it, by competency. */
export interface Sitting {
  interview: string;
  finishedAt: number;
  scores: ReadonlyMap<string, PastScore>;
}

/** A competency's scores, the earliest first. There is at least one. */
export interface Course {
  competency: string;
  points: readonly PastScore[];
}

/**
 * The interviews, the newest first. `scores` come as the server has them; while it has `more`, the last interview may be
 * there in part only, and is left out.
 */
export function sittingsOf(scores: readonly PastScore[], more: boolean): Sitting[] {
  const sittings = new Map<
    string,
    { interview: string; finishedAt: number; scores: Map<string, PastScore> }
  >();
  for (const score of scores) {
    const { interview, finished_at: finishedAt, competency } = score;
    const sitting = sittings.get(interview) ?? { interview, finishedAt, scores: new Map() };
    sitting.scores.set(competency, score);
    sittings.set(interview, sitting);
  }
  const found = [...sittings.values()];
  return more ? found.slice(0, -1) : found;
}

/** The competencies in the order of the newest interview that has them. */
export function coursesOf(sittings: readonly Sitting[]): Course[] {
  const competencies = new Set(sittings.flatMap(({ scores }) => [...scores.keys()]));
  return [...competencies].map((competency) => ({
    competency,
    points: sittings.flatMap(({ scores }) => scores.get(competency) ?? []).reverse(),
  }));
}

/** By how much the newest score differs from the first; null: there is one only, or they are of different scales. */
export function changeOf({ points }: Course): number | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last || first.max !== last.max) return null;
  return last.score - first.score;
}

/** The scores under the standard competencies' names in `language`: interviews call them by their own language's. */
export function inLanguage(scores: readonly PastScore[], rubric: Rubric, language: Language): PastScore[] {
  const names = new Map(rubric.languages[language].map(({ id, name }) => [id, name]));
  const ids = new Map(
    Object.values(rubric.languages).flatMap((standards) => standards.map(({ id, name }) => [name, id])),
  );
  return scores.map((score) => {
    const id = ids.get(score.competency);
    const name = id === undefined ? undefined : names.get(id);
    return name === undefined ? score : { ...score, competency: name };
  });
}
