/** Each competency with its score and the candidate's own words behind it. */
import type { Report, Turn } from "../../client/contract/types.ts";
import { useText } from "../../i18n/language.tsx";
import { ScoreBar } from "../../parts/ScoreBar.tsx";
import { turnLabel } from "../interview/turns.ts";

interface Props {
  report: Report;
  turns: readonly Turn[];
  lang: string;
}

export function Competencies({ report, turns, lang }: Props) {
  const text = useText();
  const label = (number: number) => {
    const turn = turns.find((candidate) => candidate.turn === number);
    return turn === undefined ? "" : turnLabel(turn, text);
  };
  return (
    <dl className="divide-y divide-line">
      {report.competencies.map(({ competency, score, max, evidence }) => (
        <div key={competency} className="grid gap-x-8 gap-y-2 py-4 first:pt-0 sm:grid-cols-[1fr_auto]">
          <dt className="font-semibold" lang={lang}>
            {competency}
          </dt>
          <dd>
            {score === null ? (
              <span className="text-sm text-soft">{text.report.notScored}</span>
            ) : (
              <ScoreBar score={score} max={max} />
            )}
          </dd>
          {evidence.map(({ turn, quote }, index) => (
            <dd key={index} className="text-sm sm:col-span-2">
              <q lang={lang}>
                <mark>{quote}</mark>
              </q>{" "}
              <span className="text-xs whitespace-nowrap text-soft">{label(turn)}</span>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
