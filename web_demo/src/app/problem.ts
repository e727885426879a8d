/** What went wrong, in the page's own words where it has some, else in the server's. */
import { TooManyInFlightError } from "../client/errors.ts";
import type { Outcome } from "../client/in-flight.ts";
import { HttpError } from "../client/networked/http.ts";
import type { Catalogue } from "../i18n/catalogue.ts";

export interface Problem {
  code: string;
  /** The server's sentence, in a language of its own. */
  message: string;
}

export function problemText({ code, message }: Problem, text: Catalogue): string {
  const known = (text.errors as Readonly<Record<string, string>>)[code];
  if (known !== undefined) return known;
  return message === "" ? text.errors.other : message;
}

export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof HttpError) return { code: thrown.code, message: thrown.message };
  throw thrown;
}

/** A command that the page's own client didn't take. */
export function problemOfUnsent(thrown: unknown): Problem {
  return { code: thrown instanceof TooManyInFlightError ? "rate_limited" : "other", message: "" };
}

/** What a command's outcome has to complain of, or null. */
export function problemIn(outcome: Outcome): Problem | null {
  if (outcome.result === "acked") return null;
  if (outcome.result === "abandoned") return { code: "abandoned", message: "" };
  return { code: outcome.error.code, message: outcome.error.message };
}
