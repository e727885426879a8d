/** One question and what became of it. */
import type { ReactNode } from "react";
import type { Turn } from "../../client/contract/types.ts";
import { streaming, type View } from "../../client/fold.ts";
import { useText } from "../../i18n/language.tsx";
import { Highlighted } from "../../parts/Highlighted.tsx";
import { Caret, Prose, Words } from "../../parts/Prose.tsx";
import { FeedbackView, StreamingFeedback } from "./FeedbackView.tsx";
import { quotesIn, turnLabel } from "./turns.ts";
import type { Act } from "./useSession.ts";

interface Props {
  turn: Turn;
  view: View;
  act: Act;
  open: boolean;
}

export function TurnView({ turn, view, act, open }: Props) {
  const text = useText();
  const lang = view.config.language;
  const heading = `turn-${turn.turn}-question`;
  const lanes = view.streaming.filter((stream) => stream.what === "feedback" && stream.turn === turn.turn);
  return (
    <article id={`turn-${turn.turn}`} tabIndex={-1} aria-labelledby={heading} className="py-8">
      <p className={`text-sm ${open ? "" : "text-soft"}`}>
        <span className={open ? "stroke font-semibold" : ""}>{turnLabel(turn, text)}</span>
        {turn.topic !== "" && (
          <span className="text-soft" lang={lang}>
            {" · "}
            {turn.topic}
          </span>
        )}
      </p>
      <Question id={heading} turn={turn} view={view} open={open} />
      <div className="mt-6 space-y-6">
        <Hints turn={turn} view={view} act={act} />
        {turn.skipped && <p className="text-sm text-soft">{text.interview.skipped}</p>}
        {turn.answer !== null && (
          <Part label={text.interview.yourAnswer}>
            <Said>
              <Highlighted text={turn.answer} quotes={quotesIn(turn)} lang={lang} />
            </Said>
          </Part>
        )}
        {turn.feedback.map((feedback) => (
          <FeedbackView
            key={feedback.lane}
            turn={turn.turn}
            feedback={feedback}
            named={turn.feedback.length > 1}
            lang={lang}
          />
        ))}
        {lanes.map((stream) => (
          <StreamingFeedback
            key={stream.lane}
            text={stream.text}
            lang={lang}
            onStop={() => {
              void act({ type: "generation.cancel", turn: turn.turn, what: "feedback" });
            }}
          />
        ))}
      </div>
    </article>
  );
}

function Question({ id, turn, view, open }: { id: string; turn: Turn; view: View; open: boolean }) {
  const coming = streaming(view, "question", turn.turn);
  const look = open ? "text-xl font-semibold" : "text-lg font-semibold";
  return (
    <h2
      id={id}
      lang={view.config.language}
      className={`mt-2 whitespace-pre-wrap ${look}`}
      data-question={turn.turn}
    >
      {turn.question ?? (
        <>
          <Words text={coming ?? ""} />
          {coming !== null && <Caret />}
        </>
      )}
    </h2>
  );
}

function Hints({ turn, view, act }: { turn: Turn; view: View; act: Act }) {
  const text = useText();
  const lang = view.config.language;
  const coming = streaming(view, "hint", turn.turn);
  const given = turn.hints.filter((hint) => hint.text !== "");
  if (given.length === 0 && coming === null) return null;
  return (
    <div className="space-y-3 border-l-4 border-marker pl-4">
      {given.map((hint, index) => (
        <Part key={index} label={text.interview.hintLabel}>
          <Prose text={hint.text} lang={lang} />
        </Part>
      ))}
      {coming !== null && (
        <Part
          label={text.interview.hintLabel}
          action={
            <StopButton
              label={text.interview.stopHint}
              onStop={() => {
                void act({ type: "generation.cancel", turn: turn.turn, what: "hint" });
              }}
            />
          }
        >
          <Prose text={coming} lang={lang} streaming />
        </Part>
      )}
    </div>
  );
}

interface PartProps {
  label: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A labelled piece of a turn. */
export function Part({ label, action, children }: PartProps) {
  return (
    <div role="group" aria-label={label}>
      <div className="mb-1.5 flex items-baseline justify-between gap-4">
        <h3 className="text-xs font-semibold text-soft">{label}</h3>
        {action}
      </div>
      {children}
    </div>
  );
}

/** The candidate's own words lie on a sheet of their own, like the one they were written on. */
export function Said({ children }: { children: ReactNode }) {
  return <div className="rounded-2xl border border-line bg-sheet px-5 py-4">{children}</div>;
}

export function StopButton({ label, onStop }: { label: string; onStop: () => void }) {
  const text = useText();
  return (
    <button
      type="button"
      aria-label={label}
      className="-my-2 rounded-sm px-1 py-2 text-xs text-soft underline underline-offset-2 hover:text-ink"
      onClick={onStop}
    >
      {text.interview.stop}
    </button>
  );
}
