/**
 * Who is signed in, where the server wants that. A server that doesn't want it isn't asked twice, and nobody sees a
 * word of this.
 *
 * Rules:
 * - A token counts once the server has taken it. It goes into requests and nowhere else: into no address, and no log.
 * - A token that is refused later has run out, as a rule. The screens stay as they are, with all that was written in
 *   them, and what was refused waits until another token comes; it goes on if that is the same user's.
 */
import { type Bearer, HttpError, UNAUTHENTICATED } from "../client/networked/http.ts";
import { claimsOf, tokenIn } from "./token.ts";

export type SignInState =
  /** Whether a token is wanted isn't known yet. */
  | { status: "asking" }
  /** None is wanted, as far as is known. */
  | { status: "open" }
  | { status: "out" }
  | { status: "in"; token: string; user: string | null }
  /** Was signed in, and the token counts no more. */
  | { status: "expired"; token: string; user: string | null };

/** Why a token wasn't taken. `code`: what the server called it, or null where it wasn't asked. */
export interface Refusal {
  why: "missing" | "invalid" | "expired" | "unchecked";
  code: string | null;
  /** The server's own sentence. */
  message: string;
}

export type Checked = { token: string } | { refusal: Refusal };

export interface SignInOptions {
  /** Asks the server for something that is a user's; throws its refusal (`HttpError`). */
  tryOut: (token?: string) => Promise<void>;
  /**
   * Where the token outlives a reload: the tab's own storage (`sessionStorage`), never `localStorage`. That is read by
   * each tab there is and stays when the browser is closed, and whoever has a token is its user until it runs out.
   */
  kept: Storage;
  /** Unix milliseconds. */
  now: () => number;
}

const KEPT_AS = "viva.token";

export class SignIn implements Bearer {
  readonly #around: SignInOptions;
  readonly #listeners = new Set<() => void>();
  #state: SignInState;
  #begun = false;
  #waiting: ((token: string | null) => void)[] = [];

  constructor(around: SignInOptions) {
    this.#around = around;
    const token = around.kept.getItem(KEPT_AS);
    this.#state = token === null ? { status: "asking" } : signedIn(token);
  }

  /** The same object until something changes. */
  get state(): SignInState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get token(): string | undefined {
    return this.#state.status === "in" ? this.#state.token : undefined;
  }

  /** Learns whether the server wants a token; done once. */
  async begin(): Promise<void> {
    if (this.#begun || this.#state.status !== "asking") return;
    this.#begun = true;
    const refusal = await this.#refusal();
    // A server that can't be reached is the screens' to tell of; should it want a token, its refusal says so.
    this.#become({ status: refusal?.code === UNAUTHENTICATED ? "out" : "open" });
  }

  /** Asks the server about what was pasted. Nothing changes yet: `accept` is given what comes of it. */
  async check(pasted: string): Promise<Checked> {
    if (pasted.trim() === "") return { refusal: { why: "missing", code: null, message: "" } };
    const token = tokenIn(pasted);
    if (token === null) return { refusal: { why: "invalid", code: null, message: "" } };
    const refused = await this.#refusal(token);
    if (refused === null) return { token };
    const { code, message } = refused;
    const { expiresAt } = claimsOf(token);
    const over = expiresAt !== null && expiresAt <= this.#around.now();
    const why = code === UNAUTHENTICATED ? (over ? "expired" : "invalid") : "unchecked";
    return { refusal: { why, code, message } };
  }

  /** Signs in with a token that was checked. */
  accept(token: string): void {
    const before = this.#state;
    const next = signedIn(token);
    this.#around.kept.setItem(KEPT_AS, token);
    this.#become(next);
    this.#goOn(before.status === "expired" && before.user !== next.user ? null : token);
  }

  signOut(): void {
    this.#around.kept.removeItem(KEPT_AS);
    this.#become({ status: "out" });
    this.#goOn(null);
  }

  async renewed(refused: string | undefined): Promise<string | null> {
    const state = this.#state;
    if (state.status === "in" && state.token !== refused) return state.token;
    if (state.status === "in") {
      this.#around.kept.removeItem(KEPT_AS);
      this.#become({ ...state, status: "expired" });
    } else if (state.status !== "expired") {
      this.#become({ status: "out" });
      return null;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * What gives one interview's client its tokens. The client asks at its start, and again when the server didn't want
   * the last one any more, or when it starts once more: the server is asked which it is.
   */
  tokens(): () => Promise<string> {
    let given: string | null = null;
    return async () => {
      const { token } = this;
      const spent = token === undefined || (token === given && (await this.#isRefused(token)));
      given = spent ? await this.renewed(token) : token;
      if (given === null) throw new Error("Signed out");
      return given;
    };
  }

  async #isRefused(token: string): Promise<boolean> {
    return (await this.#refusal(token))?.code === UNAUTHENTICATED;
  }

  async #refusal(token?: string): Promise<HttpError | null> {
    try {
      await this.#around.tryOut(token);
      return null;
    } catch (thrown) {
      if (thrown instanceof HttpError) return thrown;
      throw thrown;
    }
  }

  #goOn(token: string | null): void {
    for (const resolve of this.#waiting.splice(0)) resolve(token);
  }

  #become(state: SignInState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function signedIn(token: string): SignInState & { status: "in" } {
  return { status: "in", token, user: claimsOf(token).user };
}
