/** Finds quotes in the text they were taken from. */
export interface Piece {
  text: string;
  /** Which of the quotes cover this piece, by their place in the list. */
  quotes: number[];
}

/**
 * `text` cut where a quote begins or ends. A quote is found wherever it stands, whatever white space lies between its
 * words; one that isn't in the text marks nothing.
 */
export function highlight(text: string, quotes: readonly string[]): Piece[] {
  const ranges = quotes.flatMap((quote, index) =>
    rangesOf(text, quote).map((range) => ({ ...range, index })),
  );
  const cuts = new Set([0, text.length, ...ranges.flatMap(({ from, to }) => [from, to])]);
  const edges = [...cuts].sort((one, other) => one - other);
  return edges.slice(0, -1).map((from, place) => {
    const to = edges[place + 1] ?? text.length;
    const covering = ranges
      .filter((range) => range.from <= from && to <= range.to)
      .map((range) => range.index);
    return { text: text.slice(from, to), quotes: [...new Set(covering)] };
  });
}

function rangesOf(text: string, quote: string): { from: number; to: number }[] {
  const words = quote
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  return [...text.matchAll(new RegExp(pattern, "g"))].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
}
