/** A server that knows people by their tokens, as far as signing in goes, and tokens that anybody can read. */
import { HttpApi, only, type Send } from "../../src/client/networked/http.ts";
import { SignIn } from "../../src/app/sign-in.ts";

/** A token whose signature nobody looks at. `exp`: Unix seconds. */
export function token(sub: string, exp = 2_000): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ sub, exp }));
  const payload = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return `e30.${payload.replace(/=+$/, "")}.${sub.length}${exp}`;
}

export class PeopleServer {
  /** The tokens that it takes; null: it wants none. */
  admitted: Set<string> | null;
  /** What it answers instead of taking a good token, or null. */
  broken: string | null = null;
  /** What came with a token, or without: method, path and token. */
  readonly asked: [string, string, string | null][] = [];

  constructor(...admitted: string[]) {
    this.admitted = new Set(admitted);
  }

  admits(token: string | null): boolean {
    return this.admitted === null || (token !== null && this.admitted.has(token));
  }

  readonly send: Send = (url, init) => {
    const token = new Headers(init.headers).get("Authorization")?.replace(/^Bearer /, "") ?? null;
    this.asked.push([init.method ?? "GET", url.pathname, token]);
    if (url.pathname === "/v1/capabilities") return answer(CAPABILITIES);
    if (this.broken !== null) return refuse(503, this.broken);
    if (!this.admits(token)) return refuse(401, "unauthenticated");
    if (url.pathname.endsWith("/report")) return Promise.resolve(new Response("# Report"));
    return answer({ items: [], next_cursor: null });
  };

  /** The page's side: who is signed in, and what goes with requests. */
  page(kept: Storage, now = 1_000_000): { api: HttpApi; signIn: SignIn } {
    const server = new URL("http://x/");
    const signIn = new SignIn({
      tryOut: (token) => new HttpApi(server, only(token), this.send).tryOut(),
      kept,
      now: () => now,
    });
    return { api: new HttpApi(server, signIn, this.send), signIn };
  }
}

const CAPABILITIES = {
  ...{ voice: false, voice_unavailable: "No.", languages: ["en"], roles: ["backend"] },
  ...{ personas: ["neutral"], models: ["offline"] },
};

function answer(body: unknown): Promise<Response> {
  return Promise.resolve(Response.json(body));
}

function refuse(status: number, code: string): Promise<Response> {
  const problem = JSON.stringify({ code, detail: "No.", retryable: false });
  const headers = { "Content-Type": "application/problem+json" };
  return Promise.resolve(new Response(problem, { status, headers }));
}
