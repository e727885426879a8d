/** The HTTP side of viva.v1 (`protocol.md` 9), as far as a candidate's page needs it. */
import type { Capabilities, Interview, Limits, NewInterview } from "../contract/types.ts";

/** A server that couldn't be reached has no code of its own. */
const UNREACHABLE = "unreachable";

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

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export class HttpApi {
  readonly #base: URL;
  readonly #token: string | undefined;

  /** `server` is the address that `/v1` lies under; it ends in a slash. */
  constructor(server: URL, token?: string) {
    this.#base = new URL("v1/", server);
    this.#token = token;
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

  async delete(id: string): Promise<void> {
    await this.#fetch(this.interviewUrl(id), { method: "DELETE" });
  }

  /** The report as a Markdown document. */
  async reportMarkdown(id: string): Promise<string> {
    const url = new URL(`${this.interviewUrl(id).pathname}/report`, this.#base);
    const response = await this.#fetch(url, { headers: { Accept: "text/markdown" } });
    return response.text();
  }

  async #json<T>(url: URL, init: RequestInit = {}): Promise<T> {
    const response = await this.#fetch(url, init);
    return (await response.json()) as T;
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set("Authorization", `Bearer ${this.#token}`);
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers });
    } catch (cause) {
      throw new HttpError(UNREACHABLE, 0, true, String(cause));
    }
    if (response.ok) return response;
    throw await refusal(response);
  }
}

async function refusal(response: Response): Promise<HttpError> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  // Something between here and the server may answer in its stead.
  if (!isProblem) {
    const busy = response.status >= 500;
    return new HttpError(busy ? UNREACHABLE : "internal", response.status, busy, response.statusText);
  }
  const problem = (await response.json()) as Partial<Record<string, unknown>>;
  const { code, detail, title, retryable } = problem;
  const message = typeof detail === "string" ? detail : typeof title === "string" ? title : "";
  return new HttpError(String(code), response.status, retryable === true, message);
}
