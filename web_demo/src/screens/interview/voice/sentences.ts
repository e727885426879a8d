/** What is heard while somebody speaks, cut in two ways: for the eye, and for the ear. */

/** The part that won't change any more, and the rest. `stable` counts code points (`protocol.md` 5). */
export function parted(heard: string, stable: number): { sure: string; unsure: string } {
  const points = Array.from(heard);
  const unsure = points.slice(stable).join("").trimStart();
  return { sure: heard.slice(0, heard.length - unsure.length), unsure };
}

/** An end of a sentence that something follows, or that ends the text. */
const ENDS = /[.!?…。！？]["'”’)]*(?=\s|$)/gu;

/** How much of `text`, in its own units, is whole sentences. */
export function wholeSentences(text: string): number {
  let end = 0;
  for (const match of text.matchAll(ENDS)) end = match.index + match[0].length;
  return end;
}
