/** The page's words: one catalogue for each language, of one shape. */
import { en } from "./en.ts";
import { ko } from "./ko.ts";

/** A catalogue's shape: any words where English has its own. */
type Worded<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { [Key in keyof T]: Worded<T[Key]> };

export type Catalogue = Worded<typeof en>;
export type Language = "en" | "ko";

export const catalogues: Record<Language, Catalogue> = { en, ko };

const KEPT_AS = "viva.language";

/** The language chosen earlier, else the first of the browser's that there is, else English. */
export function preferredLanguage(kept: Storage, spoken: readonly string[]): Language {
  const chosen = kept.getItem(KEPT_AS);
  const wanted = [chosen ?? "", ...spoken].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag in catalogues) ?? "en";
}

export function keepLanguage(kept: Storage, language: Language): void {
  kept.setItem(KEPT_AS, language);
}

/** A name from a catalogue's table, or the id itself where a server has ids of its own. */
export function named(table: Readonly<Record<string, string>>, id: string): string {
  return Object.hasOwn(table, id) ? (table[id] ?? id) : id;
}
