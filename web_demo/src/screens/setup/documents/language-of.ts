/** A document's language isn't told; for breaking its lines and reading it aloud, its script tells enough. */
export function languageOf(text: string): "en" | "ko" {
  return /\p{Script=Hangul}/u.test(text) ? "ko" : "en";
}
