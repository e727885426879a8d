/** What HTTP answers to a POSTed command, or to a GET of the event stream (`protocol.md` 7). */
import type { Ack, ErrorMessage } from "./contract/types.ts";
import { isObject, parseObject } from "./parse.ts";

export const OK = 200;
export const NO_CONTENT = 204;
export const UNAUTHORIZED = 401;
/** Whoever answers so may answer otherwise in a while: the server, or something before it. */
const FOR_NOW = [408, 425, 429];

export interface Answer {
  status: number;
  body: string;
}

/** Whether an answer of that status may be another one in a while. */
export function passes(status: number): boolean {
  return FOR_NOW.includes(status) || status >= 500 || status < 400;
}

/** What was said of a POSTed command; null where nothing is known but that it failed for now. */
export function readAnswer(answer: Answer, id: string): Ack | ErrorMessage | null {
  return answer.status === OK ? readAck(answer.body, id) : readProblem(answer, id);
}

/** The acknowledgement of that command; null where the body is something else. */
export function readAck(body: string, id: string): Ack | null {
  const message = parseObject(body);
  return message?.["type"] === "ack" && message["re"] === id ? (message as unknown as Ack) : null;
}

/**
 * The error that an answer says; null where nothing is known but that it failed for now. An answer without a problem
 * document is not the server's own.
 */
export function readProblem({ status, body }: Answer, re: string | null = null): ErrorMessage | null {
  const problem = parseObject(body) ?? {};
  const { code, detail, title, details } = problem;
  if (typeof code !== "string") {
    if (passes(status)) return null;
    const message = `HTTP status ${status}`;
    return { type: "error", re, code: "internal", message, retryable: false, details: {} };
  }
  return {
    type: "error",
    re,
    code,
    message: sentence(detail) ?? sentence(title) ?? code,
    retryable: problem["retryable"] === true,
    details: isObject(details) ? details : {},
  };
}

function sentence(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
