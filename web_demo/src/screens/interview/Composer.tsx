/**
 * Where the answer is written. It stays in its place between questions, so that the focus does too: between them it
 * takes no text, and while a question comes in it takes text but doesn't send.
 */
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import { Confirm } from "../../parts/Confirm.tsx";
import { ArrowIcon, BulbIcon, SkipIcon } from "../../parts/icons.tsx";
import { type Answer, useAnswer } from "./useAnswer.ts";
import { isOffered, type Session } from "./useSession.ts";

/** From so few characters left on, the count is shown. */
const NEARLY_FULL = 500;

export function Composer({ session, view }: { session: Session; view: View }) {
  const text = useText();
  const { act, state } = session;
  const answer = useAnswer(view, act);
  const field = useRef<HTMLTextAreaElement>(null);
  const [skipping, setSkipping] = useState(false);
  const left = (state.limits?.max_answer_chars ?? Infinity) - lengthOf(answer.text);
  const legal = isLegal(view, "answer.submit");
  const sendable = legal && !answer.sending && answer.text.trim() !== "" && left >= 0;
  const send = () => {
    if (sendable) answer.send();
  };
  useEffect(() => {
    // The screen before is gone, and the focus with it.
    if (document.activeElement === document.body) field.current?.focus({ preventScroll: true });
  }, []);
  const skip = () => {
    if (answer.turn === null) return;
    void act({ type: "question.skip", turn: answer.turn });
    field.current?.focus();
  };
  return (
    <section aria-label={text.interview.yourAnswer}>
      <div
        className={`rounded-2xl border transition ${answer.turn === null ? "border-line bg-tint" : "border-edge bg-sheet focus-within:border-ink focus-within:ring-1 focus-within:ring-ink"}`}
      >
        <Field field={field} answer={answer} view={view} left={left} onSend={send} />
        <div className="flex flex-wrap items-center gap-1 px-2 pb-2">
          <HintButton session={session} view={view} turn={answer.turn} />
          <SkipButton
            disabled={answer.sending || !isOffered(session, view, "question.skip")}
            onSkip={() => {
              if (answer.text.trim() === "") skip();
              else setSkipping(true);
            }}
          />
          <Left left={left} />
          <Button
            className="ml-auto max-sm:px-4"
            disabled={!sendable}
            aria-keyshortcuts="Control+Enter Meta+Enter"
            onClick={send}
          >
            {answer.sending ? text.interview.sending : text.interview.submit}
            <span className="inline-flex max-sm:hidden">
              <ArrowIcon />
            </span>
          </Button>
        </div>
      </div>
      {skipping && (
        <Confirm
          title={text.interview.skipTitle}
          confirm={text.interview.skip}
          onClose={() => {
            setSkipping(false);
          }}
          onConfirm={skip}
        >
          {text.interview.skipConfirm}
        </Confirm>
      )}
    </section>
  );
}

interface FieldProps {
  field: RefObject<HTMLTextAreaElement | null>;
  answer: Answer;
  view: View;
  left: number;
  onSend: () => void;
}

function Field({ field, answer, view, left, onSend }: FieldProps) {
  const text = useText();
  const id = useId();
  // Korean is composed: the last syllable is still open when the keys for sending are struck.
  const sendWhenComposed = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
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

function HintButton({ session, view, turn }: { session: Session; view: View; turn: number | null }) {
  const text = useText();
  return (
    <Button
      look="quiet"
      disabled={turn === null || !isOffered(session, view, "hint.request")}
      onClick={() => {
        if (turn !== null) void session.act({ type: "hint.request", turn });
      }}
    >
      <BulbIcon />
      {text.interview.hint}
    </Button>
  );
}

function SkipButton({ disabled, onSkip }: { disabled: boolean; onSkip: () => void }) {
  const text = useText();
  return (
    <Button look="quiet" aria-label={text.interview.skip} disabled={disabled} onClick={onSkip}>
      <SkipIcon />
      <span className="max-sm:sr-only">{text.interview.skip}</span>
    </Button>
  );
}

function Left({ left }: { left: number }) {
  const text = useText();
  if (left > NEARLY_FULL) {
    return (
      <span className="ml-auto text-xs text-soft max-md:hidden" aria-hidden="true">
        {text.interview.shortcut(commandKey())}
      </span>
    );
  }
  return (
    <span role="status" className={`ml-auto text-xs tabular-nums ${left < 0 ? "text-danger" : "text-soft"}`}>
      {left < 0 ? text.interview.tooLong(-left) : text.interview.charactersLeft(left)}
    </span>
  );
}

function placeholder(view: View, answer: Answer, text: Catalogue): string {
  const { interview } = text;
  if (view.phase === "listening" || view.phase === "transcribing") return interview.voiceElsewhere;
  if (answer.turn === null) return interview.answerLater;
  return view.phase === "asking" ? interview.waitForQuestion : interview.answerHere;
}

/** Code points, as the server counts. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function commandKey(): string {
  return navigator.userAgent.includes("Mac") ? "⌘" : "Ctrl";
}
