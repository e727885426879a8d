/**
 * The HTTP side of viva.v1 (`protocol.md` 9), as far as a candidate's page needs it. Redirects are not followed: every
 * request carries the token. Whatever goes wrong, on the way or in what was answered, is an `HttpError`.
 */
import type { Capabilities, Interview, Limits, NewInterview } from "../contract/types.ts";
import { parseObject } from "../parse.ts";

/** A server that couldn't be reached has no code of its own. */
const UNREACHABLE = "unreachable";
/** No token, or one that isn't valid (`protocol.md` 7). */
export const UNAUTHENTICATED = "unauthenticated";

/** A refusal (RFC 9457, with the codes of `protocol.md` 7), or `unreachable` where there was no answer. */
export class HttpError extends Error {
  readonly code: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly retryable: boolean;

  constructor(code: string, status: number, retryable: boolean, message: string) {
    super(message);
    this.name = "HttpError";
    this.code = code;
    this.status = status;
    this.retryable = retryable;
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

/** Makes a request, as `fetch` does. */
export type Send = (url: URL, init: RequestInit) => Promise<Response>;

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export class HttpApi {
  readonly #base: URL;
  readonly #bearer: Bearer;
  readonly #send: Send;

  /** `server` is the address that `/v1` lies under; it ends in a slash. */
  constructor(server: URL, bearer: Bearer = only(), send: Send = (url, init) => fetch(url, init)) {
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
    const url = new URL("interviews", this.#base);
    url.searchParams.set("limit", String(limit));
    if (cursor !== null) url.searchParams.set("cursor", cursor);
    return this.#json(url);
  }

  /** Asks for something that is a user's, to see whether it is refused. */
  async tryOut(): Promise<void> {
    const url = new URL("interviews", this.#base);
    url.searchParams.set("limit", "1");
    await this.#fetch(url, {});
  }

  async delete(id: string): Promise<void> {
    await this.#fetch(this.interviewUrl(id), { method: "DELETE" });
  }

  /** The report as a Markdown document. */
  async reportMarkdown(id: string): Promise<string> {
    const url = new URL(`${this.interviewUrl(id).pathname}/report`, this.#base);
    const response = await this.#fetch(url, { headers: { Accept: "text/markdown" } });
    return reached(response.text());
  }

  async #json<T>(url: URL, init: RequestInit = {}): Promise<T> {
    const response = await this.#fetch(url, init);
    // Something between here and the server may answer in its stead, or break the answer off.
    return reached(response.json() as Promise<T>);
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    let { token } = this.#bearer;
    for (;;) {
      const response = await this.#answer(url, init, token);
      if (response.ok) return response;
      const refused = await refusal(response);
      // A request that was refused for its token has done nothing: it can be made again with another.
      const another = refused.code === UNAUTHENTICATED ? await this.#bearer.renewed(token) : null;
      if (another === null) throw refused;
      token = another;
    }
  }

  async #answer(url: URL, init: RequestInit, token: string | undefined): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    return reached(this.#send(url, { ...init, headers, redirect: "error" }));
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
  const { code, detail, title, retryable } = problem ?? {};
  // Something between here and the server may answer in its stead.
  if (typeof code !== "string") {
    const busy = response.status >= 500;
    return new HttpError(busy ? UNREACHABLE : "internal", response.status, busy, response.statusText);
  }
  const message = typeof detail === "string" ? detail : typeof title === "string" ? title : "";
  return new HttpError(code, response.status, retryable === true, message);
}
