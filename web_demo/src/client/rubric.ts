/** What answers are judged by (`GET /rubric`, `protocol.md` 9). */

/** A competency; `scores[n]` says what a score of n means. */
export interface Standard {
  id: string;
  name: string;
  description: string;
  scores: string[];
}

/** The standard competencies by language, each scored from 0 to `max`. */
export interface Rubric {
  max: number;
  languages: Record<"en" | "ko", Standard[]>;
}
