/** A server that takes documents: what it holds, what is on its way to it, and what interviews were asked of it. */
import type { Interview } from "../../src/client/contract/types.ts";
import type { DocumentKind, UploadedDocument } from "../../src/client/documents.ts";
import type { OnProgress, Page, Send } from "../../src/client/networked/http.ts";
import type { PastScore } from "../../src/client/progress.ts";
import { opened } from "../client/samples.ts";

export function sampleDocument(changes: Partial<UploadedDocument> = {}): UploadedDocument {
  return {
    id: "d1",
    kind: "resume",
    name: "mina.pdf",
    media_type: "application/pdf",
    chars: 3_412,
    created_at: 1_700_000_000_000,
    profile: null,
    ...changes,
  };
}

/** An upload that waits for its answer. */
export interface Incoming {
  file: File;
  kind: DocumentKind;
  token: string | null;
  onProgress: OnProgress;
  signal: AbortSignal;
  answer: (response: Response) => void;
}

function standard(language: string) {
  const name = language === "ko" ? "본인 기여" : "Own contribution";
  const scores = [0, 1, 2, 3, 4, 5].map((score) => `${language} means ${score}`);
  return { id: "ownership", name, description: "What they did.", scores };
}

export class DocumentServer {
  documents: UploadedDocument[];
  /** The text of each document. */
  text = "Mina Kim";
  /** The paths that it has no answer to but this code. */
  readonly broken = new Map<string, string>();
  /** The tokens that it takes; null: it wants none. */
  admitted: string[] | null = null;
  readonly incoming: Incoming[] = [];
  /** The bodies of the interviews that were asked for. */
  readonly interviews: Record<string, unknown>[] = [];
  readonly deleted: string[] = [];
  /** Whether it takes spoken answers. */
  voice = false;
  /** The interviews that there are. */
  history: Interview[] = [];
  /** How interviews were scored, the newest first. */
  scores: PastScore[] = [];

  constructor(...documents: UploadedDocument[]) {
    this.documents = documents;
  }

  readonly send: Send = (url, init, onProgress) => {
    const token = new Headers(init.headers).get("Authorization")?.replace("Bearer ", "") ?? null;
    const code = this.broken.get(url.pathname);
    if (code !== undefined) return Promise.resolve(refusal(503, code, {}, true));
    const isOpen = ["/v1/capabilities", "/v1/rubric"].includes(url.pathname);
    if (!isOpen && this.admitted?.includes(token ?? "") === false)
      return Promise.resolve(refusal(401, "unauthenticated"));
    return this.#answer(url, init, token, onProgress);
  };

  #answer(url: URL, init: RequestInit, token: string | null, onProgress?: OnProgress) {
    switch (`${init.method ?? "GET"} ${url.pathname}`) {
      case "GET /v1/capabilities":
        return given({ ...opened().capabilities, voice: this.voice });
      case "GET /v1/rubric":
        return given({ max: 5, languages: { en: [standard("en")], ko: [standard("ko")] } });
      case "GET /v1/interviews":
        return given({ items: this.history, next_cursor: null });
      case "GET /v1/progress":
        return given(this.#progress(url));
      case "POST /v1/interviews":
        return this.#interview(init);
      case "GET /v1/documents":
        return given({ items: this.documents, next_cursor: null });
      case "POST /v1/documents":
        return this.#upload(init, token, onProgress);
      default:
        return this.#one(init.method ?? "GET", url.pathname);
    }
  }

  /** A page of the scores; its cursor is a number. */
  #progress({ searchParams }: URL): Page<PastScore> {
    const start = Number(searchParams.get("cursor") ?? 0);
    const end = start + Number(searchParams.get("limit"));
    return {
      items: this.scores.slice(start, end),
      next_cursor: end < this.scores.length ? String(end) : null,
    };
  }

  /** Deletes an interview, and its scores. */
  #forget(path: string): Promise<Response> {
    const id = path.replace("/v1/interviews/", "");
    this.history = this.history.filter((interview) => interview.id !== id);
    this.scores = this.scores.filter(({ interview }) => interview !== id);
    return Promise.resolve(new Response(null, { status: 204 }));
  }

  #interview({ body }: RequestInit): Promise<Response> {
    const asked = JSON.parse(body as string) as Record<string, unknown>;
    this.interviews.push(asked);
    const ids = (asked["document_ids"] ?? []) as string[];
    if (ids.every((id) => this.documents.some((document) => document.id === id))) return given({ id: "i1" });
    return Promise.resolve(refusal(400, "malformed", { field: "document_ids" }));
  }

  #upload({ body, signal }: RequestInit, token: string | null, onProgress?: OnProgress): Promise<Response> {
    const form = body as FormData;
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => {
        reject(new DOMException("Given up", "AbortError"));
      });
      this.incoming.push({
        file: form.get("file") as File,
        kind: form.get("kind") as DocumentKind,
        token,
        onProgress: onProgress ?? (() => undefined),
        signal: signal ?? new AbortController().signal,
        answer: resolve,
      });
    });
  }

  #one(method: string, path: string): Promise<Response> {
    if (path.startsWith("/v1/interviews/")) return this.#forget(path);
    const id = path.replace("/v1/documents/", "");
    const found = this.documents.find((document) => document.id === id);
    if (method === "DELETE") return this.#delete(id, found !== undefined);
    return found === undefined
      ? Promise.resolve(refusal(404, "not_found"))
      : given({ ...found, text: this.text });
  }

  #delete(id: string, known: boolean): Promise<Response> {
    this.documents = this.documents.filter((document) => document.id !== id);
    this.deleted.push(id);
    return Promise.resolve(known ? new Response(null, { status: 204 }) : refusal(404, "not_found"));
  }
}

export function refusal(
  status: number,
  code: string,
  details: Record<string, unknown> = {},
  retryable = false,
): Response {
  const problem = JSON.stringify({ code, detail: "The server's words.", retryable, details });
  return new Response(problem, { status, headers: { "Content-Type": "application/problem+json" } });
}

function given(body: unknown): Promise<Response> {
  return Promise.resolve(Response.json(body));
}
