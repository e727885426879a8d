/** What a reviewer says of an answer, as it comes and when it is whole, and the scores with the words behind them. */
import type { Feedback, Score } from "../../client/contract/types.ts";
import { useText } from "../../i18n/language.tsx";
import { Prose } from "../../parts/Prose.tsx";
import { ScoreBar } from "../../parts/ScoreBar.tsx";
import { isSupported } from "./turns.ts";
import { Part, StopButton } from "./TurnView.tsx";
import { useReasons } from "./useTold.ts";

interface Props {
  turn: number;
  feedback: Feedback;
  /** Whether to say whose it is. */
  named: boolean;
  lang: string;
}

export function FeedbackView({ turn, feedback, named, lang }: Props) {
  const text = useText();
  const reason = useReasons()(turn, feedback.lane);
  const label = named ? text.interview.feedbackBy(feedback.model) : text.interview.feedbackLabel;
  return (
    <Part label={label}>
      <Prose text={feedback.text} lang={lang} />
      {feedback.cancelled && <p className="mt-2 text-sm text-soft">{text.interview.feedbackStopped}</p>}
      {feedback.scores !== null && feedback.scores.length > 0 && (
        <Scores scores={feedback.scores} lang={lang} />
      )}
      {feedback.scores === null && !feedback.cancelled && reason !== null && (
        <p className="mt-2 text-sm text-soft">
          {text.interview.unscored} <span lang={lang}>{reason}</span>
        </p>
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
      {scores.map((score) => (
        <ScoreView key={score.competency} score={score} lang={lang} />
      ))}
    </dl>
  );
}

function ScoreView({ score, lang }: { score: Score; lang: string }) {
  const text = useText();
  const { competency, max, evidence } = score;
  const supported = isSupported(score);
  return (
    <div className="grid gap-x-6 gap-y-1 py-3 sm:grid-cols-[1fr_auto]">
      <dt className="text-sm font-semibold" lang={lang}>
        {competency}
      </dt>
      <dd className="sm:text-right">
        <ScoreBar score={score.score} max={max} counts={supported} />
      </dd>
      {!supported && <dd className="text-sm text-soft sm:col-span-2">{text.interview.unsupported}</dd>}
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
  );
}
