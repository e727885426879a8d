/** Why a document wasn't taken, in the page's own words. */
import { type Problem, problemOf, problemText } from "../../../app/problem.ts";
import { HttpError } from "../../../client/networked/http.ts";
import type { Catalogue } from "../../../i18n/catalogue.ts";
import { en } from "../../../i18n/en.ts";
import { MOST_MEGABYTES } from "./acceptable.ts";

/** What can be the matter with a document, and has a sentence of its own. */
export type Reason = keyof Catalogue["documents"]["problems"];

/**
 * `reason`: what is the matter with the document, null where it is something else. `mayPass`: whether the same file may
 * be taken another time.
 */
export interface Trouble extends Problem {
  reason: Reason | "over_limit" | null;
  mayPass: boolean;
}

/** What these codes mean of a document where the server gives no reason that is known here. */
const MEANT: Partial<Record<string, Reason>> = {
  unsupported_media: "unreadable",
  too_large: "too_large",
  overloaded: "busy",
};

/** Seen before anything was sent. */
export function troubleWithFile(reason: Reason | "over_limit"): Trouble {
  return { code: "unsupported_media", message: "", reason, mayPass: false };
}

/** What a refused upload, or one that didn't arrive, comes down to. */
export function troubleOf(thrown: unknown): Trouble {
  const problem = problemOf(thrown);
  const { details, retryable } = thrown as HttpError;
  const told = details["reason"];
  const reason = isReason(told) ? told : (MEANT[problem.code] ?? null);
  return { ...problem, reason, mayPass: retryable || reason === "too_slow" };
}

export function troubleText(trouble: Trouble, text: Catalogue): string {
  const { problems, tooLarge } = text.documents;
  if (trouble.reason === null) return problemText(trouble, text);
  return trouble.reason === "over_limit" ? tooLarge(MOST_MEGABYTES) : problems[trouble.reason];
}

function isReason(told: unknown): told is Reason {
  return typeof told === "string" && Object.hasOwn(en.documents.problems, told);
}
