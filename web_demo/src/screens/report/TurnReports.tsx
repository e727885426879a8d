/** The interview once more, question by question: what was said, and what would have been better. */
import type { Delivery, Report, Turn } from "../../client/contract/types.ts";
import { useText } from "../../i18n/language.tsx";
import { Highlighted } from "../../parts/Highlighted.tsx";
import { Prose } from "../../parts/Prose.tsx";
import { Part, Said } from "../interview/TurnView.tsx";
import { FeedbackView } from "../interview/FeedbackView.tsx";
import { quotesIn, turnLabel } from "../interview/turns.ts";
import { useReasons } from "../interview/useTold.ts";
import { spokenLines } from "./spoken.ts";

interface Props {
  report: Report;
  turns: readonly Turn[];
  lang: string;
}

export function TurnReports({ report, turns, lang }: Props) {
  return (
    <div className="divide-y divide-line">
      {turns.map((turn) => (
        <TurnReport key={turn.turn} turn={turn} report={report} lang={lang} />
      ))}
    </div>
  );
}

/** Whether there is an answer, and no score of it. */
export function isUnscored(turn: Turn, report: Report): boolean {
  return turn.answer !== null && report.unscored.includes(turn.turn);
}

function TurnReport({ turn, report, lang }: { turn: Turn; report: Report; lang: string }) {
  const text = useText();
  const unscored = isUnscored(turn, report);
  const about = report.turns.find((candidate) => candidate.turn === turn.turn);
  const quotes = [
    ...quotesIn(turn),
    ...report.competencies
      .flatMap(({ evidence }) => evidence)
      .filter((quote) => quote.turn === turn.turn)
      .map(({ quote }) => quote),
  ];
  return (
    <details className="group py-4 first:pt-0 print:break-inside-avoid">
      <summary className="-mx-3 flex list-none items-baseline gap-4 rounded-lg px-3 py-2 hover:bg-tint [&::-webkit-details-marker]:hidden">
        <span className="flex-1">
          <span className="block text-xs text-soft tabular-nums">
            {turnLabel(turn, text)}
            {unscored && ` · ${text.report.notScored}`}
          </span>
          <h3 lang={lang} className="font-semibold">
            {turn.question ?? turn.topic}
          </h3>
        </span>
        <span aria-hidden="true" className="text-soft transition-transform group-open:rotate-45 print:hidden">
          +
        </span>
      </summary>
      <div className="mt-4 mb-4 space-y-6">
        {turn.answer !== null && (
          <Part label={text.report.yourAnswer}>
            <Said>
              <Highlighted text={turn.answer} quotes={quotes} lang={lang} />
            </Said>
          </Part>
        )}
        <Spoken delivery={turn.delivery} />
        {turn.answer === null && about === undefined && (
          <p className="text-sm text-soft">{text.interview.skipped}</p>
        )}
        {about !== undefined && <Prose text={about.summary} lang={lang} />}
        {about?.better_answer != null && (
          <Part label={text.report.betterAnswer}>
            <div className="border-l-4 border-marker pl-4">
              <Prose text={about.better_answer} lang={lang} />
            </div>
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
        {unscored && <Unscored turn={turn} />}
      </div>
    </details>
  );
}

/** How an answer was spoken, if it was. */
function Spoken({ delivery }: { delivery: Delivery | null }) {
  const text = useText();
  if (delivery === null) return null;
  return (
    <Part label={text.report.howYouSpoke}>
      <ul className="space-y-1 text-sm">
        {spokenLines(delivery, text.report.spoken).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Part>
  );
}

/** Says so where the feedback doesn't: it was stopped, or its reason is there. */
function Unscored({ turn }: { turn: Turn }) {
  const text = useText();
  const reasonOf = useReasons();
  const isExplained = turn.feedback.some(
    ({ lane, cancelled }) => cancelled || reasonOf(turn.turn, lane) !== null,
  );
  return isExplained ? null : <p className="text-sm text-soft">{text.report.unscored}</p>;
}
