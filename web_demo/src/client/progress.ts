/** How competencies were scored over finished interviews (`GET /progress`, `protocol.md` 9). */

/** What an interview's report scored a competency; `finished_at`: Unix ms. */
export interface PastScore {
  interview: string;
  finished_at: number;
  competency: string;
  score: number;
  max: number;
}
