/** An answer, with the words marked that scores rest on. */
import { highlight } from "./highlight.ts";

interface Props {
  text: string;
  quotes: readonly string[];
  lang?: string;
}

export function Highlighted({ text, quotes, lang }: Props) {
  return (
    <p lang={lang} className="whitespace-pre-wrap">
      {highlight(text, quotes).map((piece, index) =>
        piece.quotes.length > 0 ? (
          <mark key={index}>{piece.text}</mark>
        ) : (
          <span key={index}>{piece.text}</span>
        ),
      )}
    </p>
  );
}
