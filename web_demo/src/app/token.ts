/**
 * What can be read off a bearer token (a JSON Web Token, RFC 7519) without its key. Only the server can tell whether
 * any of it is true: here it is for showing and for choosing words.
 */
export interface Claims {
  /** The user (`sub`), or null where it can't be read. */
  user: string | null;
  /** When it runs out (`exp`), in Unix milliseconds, or null. */
  expiresAt: number | null;
}

/** What can stand in a header: printable ASCII without a space. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** The token in what was pasted, which may be a whole `Authorization` header's value; null where there is none. */
export function tokenIn(pasted: string): string | null {
  const token = pasted.trim().replace(/^bearer\s+/i, "");
  return SENDABLE.test(token) ? token : null;
}

export function claimsOf(token: string): Claims {
  const claims = payload(token);
  const { sub, exp } = claims;
  return {
    user: typeof sub === "string" && sub !== "" ? sub : null,
    expiresAt: typeof exp === "number" ? exp * 1_000 : null,
  };
}

function payload(token: string): Partial<Record<string, unknown>> {
  try {
    const base64 = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
