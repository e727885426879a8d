/** What a candidate hands in, as its owner sees it (`protocol.md` 9): a résumé, a job description, and what stands in it. */

export type DocumentKind = "resume" | "job_description";

export const DOCUMENT_KINDS: readonly DocumentKind[] = ["resume", "job_description"];

/** A job, a project or a course of study. All but `title` may be empty. */
export interface Entry {
  title: string;
  /** An employer or a school. */
  place: string;
  /** As it is written. */
  period: string;
  /** What was done there. */
  detail: string;
}

/**
 * What was made out, in the document's own words. Of a job description, `skills` are those that are asked for, and
 * `experience` is what is to be done or to have been done.
 */
export interface Profile {
  skills: string[];
  experience: Entry[];
  projects: Entry[];
  education: Entry[];
}

/** `chars`: how long its text is. `created_at`: Unix milliseconds. */
export interface UploadedDocument {
  id: string;
  kind: DocumentKind;
  name: string;
  media_type: string;
  chars: number;
  created_at: number;
  profile: Profile | null;
}

/** A document with the text that was read from it. */
export interface DocumentWithText extends UploadedDocument {
  text: string;
}
