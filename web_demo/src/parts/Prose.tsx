/** Written text, as it streams in or when it is whole. */
import { type Block, blocksOf, type Span } from "./prose.ts";

interface Props {
  text: string;
  /** Whether more is coming: new words fade in, and a mark stands where the next will be. */
  streaming?: boolean;
  lang?: string;
}

export function Prose({ text, streaming = false, lang }: Props) {
  const blocks = blocksOf(text);
  return (
    <div lang={lang} className="space-y-3" data-streaming={streaming}>
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} streaming={streaming} last={index === blocks.length - 1} />
      ))}
      {streaming && blocks.length === 0 && <Caret />}
    </div>
  );
}

function BlockView({ block, streaming, last }: { block: Block; streaming: boolean; last: boolean }) {
  const caret = streaming && last ? <Caret /> : null;
  if (block.kind === "list") {
    const List = block.ordered ? "ol" : "ul";
    return (
      <List className={`space-y-1 pl-5 ${block.ordered ? "list-decimal" : "list-disc"}`}>
        {block.items.map((item, index) => (
          <li key={index}>
            <Spans spans={item} streaming={streaming} />
            {index === block.items.length - 1 && caret}
          </li>
        ))}
      </List>
    );
  }
  const Line = block.kind === "heading" ? "h4" : "p";
  return (
    <Line className={block.kind === "heading" ? "pt-2 font-semibold" : ""}>
      {block.lines.map((line, index) => (
        <span key={index}>
          {index > 0 && <br />}
          <Spans spans={line} streaming={streaming} />
        </span>
      ))}
      {caret}
    </Line>
  );
}

function Spans({ spans, streaming }: { spans: Span[]; streaming: boolean }) {
  return spans.map((span, index) => {
    const words = streaming ? <Words text={span.text} /> : span.text;
    return span.bold ? <strong key={index}>{words}</strong> : <span key={index}>{words}</span>;
  });
}

/** Each word fades in once, when it comes. */
export function Words({ text }: { text: string }) {
  return text.split(/(?<=\s)/).map((word, index) => (
    <span key={index} className="animate-word">
      {word}
    </span>
  ));
}

export function Caret() {
  return (
    <span className="ml-0.5 inline-block h-[1.05em] w-[0.5em] animate-breathe rounded-xs bg-marker align-text-bottom" />
  );
}
