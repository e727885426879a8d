/** Where an answer is written. */
import { type KeyboardEvent, type RefObject, useId, useRef } from "react";
import type { View } from "../../client/fold.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import type { Answer } from "./useAnswer.ts";

interface Props {
  field: RefObject<HTMLTextAreaElement | null>;
  answer: Answer;
  view: View;
  left: number;
  onSend: () => void;
}

export function AnswerField({ field, answer, view, left, onSend }: Props) {
  const text = useText();
  const id = useId();
  // Korean is composed: the last syllable is still open when the keys for sending are struck.
  const sendWhenComposed = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (event.nativeEvent.isComposing) sendWhenComposed.current = true;
    else onSend();
  };
  const onCompositionEnd = () => {
    if (sendWhenComposed.current) onSend();
    sendWhenComposed.current = false;
  };
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {text.interview.yourAnswer}
      </label>
      <textarea
        ref={field}
        id={id}
        data-focus
        lang={view.config.language}
        rows={3}
        className="field-sizing-content max-h-[38dvh] min-h-22 w-full resize-none bg-transparent px-4 pt-3.5 pb-1 outline-none placeholder:text-soft"
        placeholder={placeholder(view, answer, text)}
        aria-describedby={`${id}-keys`}
        aria-invalid={left < 0}
        value={answer.text}
        readOnly={
          answer.turn === null ||
          answer.sending ||
          view.phase === "listening" ||
          view.phase === "transcribing"
        }
        onChange={(event) => {
          answer.write(event.target.value);
        }}
        onKeyDown={onKeyDown}
        onCompositionEnd={onCompositionEnd}
      />
      <p id={`${id}-keys`} className="sr-only">
        {text.interview.shortcut(commandKey())}
      </p>
    </>
  );
}

function placeholder(view: View, answer: Answer, text: Catalogue): string {
  const { interview } = text;
  if (view.phase === "listening" || view.phase === "transcribing") return interview.voiceElsewhere;
  if (answer.turn === null) return interview.answerLater;
  return view.phase === "asking" ? interview.waitForQuestion : interview.answerHere;
}

export function commandKey(): string {
  return navigator.userAgent.includes("Mac") ? "⌘" : "Ctrl";
}
