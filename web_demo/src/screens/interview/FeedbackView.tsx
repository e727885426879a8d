/** What a reviewer says of an answer, as it comes and when it is whole, and the scores with the words behind them. */
import type { Feedback, Score } from "../../client/contract/types.ts";
import { useText } from "../../i18n/language.tsx";
import { Prose } from "../../parts/Prose.tsx";
import { ScoreBar } from "../../parts/ScoreBar.tsx";
import { Part, StopButton } from "./TurnView.tsx";

interface Props {
  feedback: Feedback;
  /** Whether to say whose it is. */
  named: boolean;
  lang: string;
}

export function FeedbackView({ feedback, named, lang }: Props) {
  const text = useText();
  const label = named ? text.interview.feedbackBy(feedback.model) : text.interview.feedbackLabel;
  return (
    <Part label={label}>
      <Prose text={feedback.text} lang={lang} />
      {feedback.cancelled && <p className="mt-2 text-sm text-soft">{text.interview.feedbackStopped}</p>}
      {feedback.scores !== null && feedback.scores.length > 0 && (
        <Scores scores={feedback.scores} lang={lang} />
      )}
    </Part>
  );
}

export function StreamingFeedback({
  text: soFar,
  lang,
  onStop,
}: {
  text: string;
  lang: string;
  onStop: () => void;
}) {
  const text = useText();
  return (
    <Part
      label={text.interview.feedbackLabel}
      action={<StopButton label={text.interview.stopFeedback} onStop={onStop} />}
    >
      <Prose text={soFar} lang={lang} streaming />
    </Part>
  );
}

function Scores({ scores, lang }: { scores: readonly Score[]; lang: string }) {
  const text = useText();
  return (
    <dl
      aria-label={text.interview.scores}
      className="mt-5 animate-rise divide-y divide-line border-t border-line"
    >
      {scores.map(({ competency, score, max, evidence }) => (
        <div key={competency} className="grid gap-x-6 gap-y-1 py-3 sm:grid-cols-[1fr_auto]">
          <dt className="text-sm font-semibold" lang={lang}>
            {competency}
          </dt>
          <dd className="sm:text-right">
            <ScoreBar score={score} max={max} />
          </dd>
          {evidence.length > 0 && (
            <dd className="space-y-1 text-sm text-soft sm:col-span-2" lang={lang}>
              {evidence.map((quote, index) => (
                <q key={index} className="block">
                  {quote}
                </q>
              ))}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
