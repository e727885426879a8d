/** What was chosen for the next interview. It is kept, so that the next one begins where this one did. */
import type { Capabilities, NewInterview } from "../../client/contract/types.ts";
import { DOCUMENT_KINDS, type DocumentKind, type UploadedDocument } from "../../client/documents.ts";

/** The ids of the documents to lead the interview by, by kind. */
export type ChosenDocuments = Readonly<Record<DocumentKind, string | null>>;

export interface Choices {
  role: string;
  level: string;
  language: "en" | "ko";
  persona: "neutral" | "friendly" | "pressing";
  questions: number;
  followUps: number;
  feedback: "each" | "end";
  /** 0: no limit. */
  minutes: number;
  documents: ChosenDocuments;
}

/** What an interview is led by besides the choices. */
export interface Material {
  documents: readonly UploadedDocument[];
  /** The text of a job description, perhaps blank. */
  jobDescription: string;
}

export const LEVELS = ["junior", "mid", "senior"] as const;
export const FOLLOW_UPS = [0, 1, 2, 3] as const;
export const MINUTES = [0, 10, 20, 30, 45, 60] as const;
/** So long may the text of a job description be, in code points (`protocol.md` 9). */
export const MOST_DESCRIPTION_CHARS = 20_000;
export const QUESTIONS = { least: 1, most: 20 } as const;

const KEPT_AS = "viva.choices";

/** The choices made last, as far as this server still offers them. */
export function lastChoices(kept: Storage, offered: Capabilities, language: "en" | "ko"): Choices {
  const last = parsed(kept.getItem(KEPT_AS));
  const one = <T>(all: readonly T[], wanted: unknown, otherwise: T) =>
    all.find((candidate) => candidate === wanted) ??
    all.find((candidate) => candidate === otherwise) ??
    all[0] ??
    otherwise;
  return {
    role: one(offered.roles, last.role, ""),
    level: one<string>(LEVELS, last.level, "mid"),
    language: one(offered.languages, last.language, language),
    persona: one(offered.personas, last.persona, "neutral"),
    questions: clampQuestions(Number(last.questions ?? 5)),
    followUps: one<number>(FOLLOW_UPS, last.followUps, 1),
    feedback: one<"each" | "end">(["each", "end"], last.feedback, "each"),
    minutes: one<number>(MINUTES, last.minutes, 0),
    documents: documentsIn(last.documents),
  };
}

export function keepChoices(kept: Storage, choices: Choices): void {
  kept.setItem(KEPT_AS, JSON.stringify(choices));
}

export function clampQuestions(wanted: number): number {
  if (!Number.isFinite(wanted)) return QUESTIONS.least;
  return Math.min(QUESTIONS.most, Math.max(QUESTIONS.least, Math.round(wanted)));
}

/** The body of `POST /interviews`. */
export function newInterview(choices: Choices, { documents, jobDescription }: Material): NewInterview {
  const { role, level, language, persona, questions, followUps, feedback, minutes } = choices;
  const limit = minutes === 0 ? {} : { time_limit_s: minutes * 60 };
  const ids = documents.length === 0 ? {} : { document_ids: documents.map(({ id }) => id) };
  const pasted = jobDescription.trim() === "" ? {} : { job_description: jobDescription.trim() };
  const form = { role, level, language, persona, questions, follow_ups: followUps, feedback };
  return { ...form, ...limit, ...ids, ...pasted };
}

function documentsIn(value: unknown): ChosenDocuments {
  const last = typeof value === "object" && value !== null ? (value as Partial<Record<string, unknown>>) : {};
  const ids = DOCUMENT_KINDS.map((kind) => [kind, typeof last[kind] === "string" ? last[kind] : null]);
  return Object.fromEntries(ids) as ChosenDocuments;
}

function parsed(text: string | null): Partial<Record<keyof Choices, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
