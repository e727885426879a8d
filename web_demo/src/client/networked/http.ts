/**
 * The HTTP side of viva.v1 (`protocol.md` 9), as far as a candidate's page needs it. Redirects are not followed: every
 * request carries the token. Whatever goes wrong, on the way or in what was answered, is an `HttpError`.
 */
import type { Capabilities, Interview, Limits, NewInterview } from "../contract/types.ts";
import type { DocumentKind, DocumentWithText, UploadedDocument } from "../documents.ts";
import type { PastScore } from "../progress.ts";
import { isObject, type JsonObject, parseObject } from "../parse.ts";
import type { Rubric } from "../rubric.ts";
import { browserSend, type OnProgress, type Send } from "./send.ts";

export type { OnProgress, Send } from "./send.ts";

/** A server that couldn't be reached has no code of its own. */
const UNREACHABLE = "unreachable";
/** No token, or one that isn't valid (`protocol.md` 7). */
export const UNAUTHENTICATED = "unauthenticated";
const CONTENT_TOO_LARGE = 413;

/** A refusal (RFC 9457, with the codes of `protocol.md` 7), or `unreachable` where there was no answer. */
export class HttpError extends Error {
  readonly code: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly retryable: boolean;
  /** What the server says besides, by the code. */
  readonly details: JsonObject;

  constructor(code: string, status: number, retryable: boolean, message: string, details: JsonObject = {}) {
    super(message);
    this.name = "HttpError";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.details = details;
  }
}

/** Whose requests these are: the bearer token that goes with each, and where another comes from. */
export interface Bearer {
  /** The token to send; undefined: none. */
  readonly token: string | undefined;
  /** The server has refused that token: the one to try instead (it may take its time), or null to give up. */
  renewed: (refused: string | undefined) => Promise<string | null>;
}

/** Nobody's, or somebody's who has this one token and no other. */
export function only(token?: string): Bearer {
  return { token, renewed: () => Promise.resolve(null) };
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** Who watches an upload, and may give it up. */
export interface Watch {
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** What a report comes as, apart from JSON. */
export type ReportForm = keyof typeof REPORT_TYPES;
const REPORT_TYPES = { pdf: "application/pdf", html: "text/html", markdown: "text/markdown" } as const;

/** So many documents are listed; a server keeps fewer for a user, as a rule. */
const LISTED_DOCUMENTS = 100;

export class HttpApi {
  readonly #base: URL;
  readonly #bearer: Bearer;
  readonly #send: Send;

  /** `server` is the address that `/v1` lies under; it ends in a slash. */
  constructor(server: URL, bearer: Bearer = only(), send: Send = browserSend) {
    this.#base = new URL("v1/", server);
    this.#bearer = bearer;
    this.#send = send;
  }

  /** Where an interview lives. */
  interviewUrl(id: string): URL {
    return new URL(`interviews/${encodeURIComponent(id)}`, this.#base);
  }

  async capabilities(): Promise<Capabilities & { limits: Limits }> {
    return this.#json(new URL("capabilities", this.#base));
  }

  /** Makes an interview; the same `key` with the same body makes it once, however often it is sent. */
  async create(interview: NewInterview, key: string): Promise<Interview> {
    return this.#json(new URL("interviews", this.#base), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(interview),
    });
  }

  /** The user's interviews, the newest first. */
  async interviews(limit: number, cursor: string | null = null): Promise<Page<Interview>> {
    return this.#page("interviews", limit, cursor);
  }

  /** How the user's finished interviews were scored, the newest interview's scores first. */
  async progress(limit: number, cursor: string | null = null): Promise<Page<PastScore>> {
    return this.#page("progress", limit, cursor);
  }

  /** What answers are judged by. */
  async rubric(): Promise<Rubric> {
    return this.#json(new URL("rubric", this.#base));
  }

  /** The user's documents, the newest first. */
  async documents(): Promise<UploadedDocument[]> {
    const url = new URL("documents", this.#base);
    url.searchParams.set("limit", String(LISTED_DOCUMENTS));
    const { items } = await this.#json<Page<UploadedDocument>>(url);
    return items;
  }

  /** Hands a document in. The answer comes when it has been read, which takes some seconds. */
  async upload(file: File, kind: DocumentKind, { onProgress, signal }: Watch): Promise<UploadedDocument> {
    const body = new FormData();
    body.append("kind", kind);
    // Some systems spell a name's syllables out, letter by letter; and a pasted file may have no name.
    body.append("file", file, file.name.normalize("NFC") || kind);
    const url = new URL("documents", this.#base);
    const response = await this.#fetch(url, { method: "POST", body, signal }, onProgress);
    return reached(response.json() as Promise<UploadedDocument>);
  }

  /** The whole text that was read from a document. */
  async documentText(id: string): Promise<string> {
    const { text } = await this.#json<DocumentWithText>(
      new URL(`documents/${encodeURIComponent(id)}`, this.#base),
    );
    return text;
  }

  /** Deletes a document; one that has gone already is deleted too. */
  async deleteDocument(id: string): Promise<void> {
    await this.#delete(new URL(`documents/${encodeURIComponent(id)}`, this.#base));
  }

  /** Asks for something that is a user's, to see whether it is refused. */
  async tryOut(): Promise<void> {
    const url = new URL("interviews", this.#base);
    url.searchParams.set("limit", "1");
    await this.#fetch(url, {});
  }

  /** Deletes an interview; one that has gone already is deleted too. */
  async delete(id: string): Promise<void> {
    await this.#delete(this.interviewUrl(id));
  }

  /** The report as a document that one would keep. */
  async report(id: string, form: ReportForm): Promise<Blob> {
    const url = new URL(`${this.interviewUrl(id).pathname}/report`, this.#base);
    const response = await this.#fetch(url, { headers: { Accept: REPORT_TYPES[form] } });
    return reached(response.blob());
  }

  async #delete(url: URL): Promise<void> {
    try {
      await this.#fetch(url, { method: "DELETE" });
    } catch (thrown) {
      if (!(thrown instanceof HttpError && thrown.code === "not_found")) throw thrown;
    }
  }

  async #page<Item>(list: string, limit: number, cursor: string | null): Promise<Page<Item>> {
    const url = new URL(list, this.#base);
    url.searchParams.set("limit", String(limit));
    if (cursor !== null) url.searchParams.set("cursor", cursor);
    return this.#json(url);
  }

  async #json<T>(url: URL, init: RequestInit = {}): Promise<T> {
    const response = await this.#fetch(url, init);
    // Something between here and the server may answer in its stead, or break the answer off.
    return reached(response.json() as Promise<T>);
  }

  async #fetch(url: URL, init: RequestInit, onProgress?: OnProgress): Promise<Response> {
    let { token } = this.#bearer;
    for (;;) {
      const headers = new Headers(init.headers);
      if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
      const sent = this.#send(url, { ...init, headers, redirect: "error" }, onProgress);
      const response = await reached(sent);
      if (response.ok) return response;
      const refused = await refusal(response);
      // A request that was refused for its token has done nothing: it can be made again with another.
      const another = refused.code === UNAUTHENTICATED ? await this.#bearer.renewed(token) : null;
      if (another === null) throw refused;
      token = another;
    }
  }
}

/** What comes of it; where it fails, the server couldn't be reached. */
async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new HttpError(UNREACHABLE, 0, true, String(cause));
  }
}

async function refusal(response: Response): Promise<HttpError> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  const problem = isProblem ? parseObject(await reached(response.text())) : null;
  const { code, detail, title, retryable, details } = problem ?? {};
  if (typeof code !== "string") return refusedOnTheWay(response);
  const message = [detail, title].find((said) => typeof said === "string") ?? "";
  return new HttpError(code, response.status, retryable === true, message, isObject(details) ? details : {});
}

/** Something between here and the server has answered in its stead. */
function refusedOnTheWay({ status, statusText }: Response): HttpError {
  if (status === CONTENT_TOO_LARGE) return new HttpError("too_large", status, false, statusText);
  const busy = status >= 500;
  return new HttpError(busy ? UNREACHABLE : "internal", status, busy, statusText);
}
