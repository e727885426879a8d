/**
 * The little of Markdown that interviewers write: paragraphs, lists, headings, and bold words. Text goes in, plain data
 * comes out; nothing is ever taken for HTML. What is cut off in the middle (it may be streaming) reads as it stands.
 */
export interface Span {
  bold: boolean;
  text: string;
}
export type Block =
  { kind: "paragraph" | "heading"; lines: Span[][] } | { kind: "list"; ordered: boolean; items: Span[][] };

const BULLET = /^\s*[-*•]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;
const HEADING = /^\s*#{1,6}\s+/;

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let last: Block | null = null;
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      last = null;
      continue;
    }
    const next = blockOf(line, last);
    if (next !== last) blocks.push(next);
    last = next.kind === "heading" ? null : next;
  }
  return blocks;
}

/** The block that `line` belongs to: `last`, to which it is added, or a new one. */
function blockOf(line: string, last: Block | null): Block {
  if (HEADING.test(line)) return { kind: "heading", lines: [spansOf(line.replace(HEADING, ""))] };
  for (const [pattern, ordered] of [[BULLET, false] as const, [NUMBER, true] as const]) {
    if (!pattern.test(line)) continue;
    const item = spansOf(line.replace(pattern, ""));
    if (last?.kind !== "list" || last.ordered !== ordered) return { kind: "list", ordered, items: [item] };
    last.items.push(item);
    return last;
  }
  if (last?.kind !== "paragraph") return { kind: "paragraph", lines: [spansOf(line)] };
  last.lines.push(spansOf(line));
  return last;
}

function spansOf(line: string): Span[] {
  const parts = line.split(/\*\*(.+?)\*\*/);
  return parts.map((text, index) => ({ bold: index % 2 === 1, text })).filter((span) => span.text !== "");
}
