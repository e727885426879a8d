/** The same scores as a table: an interview a row, with the way to its report. */
import { useId } from "react";
import { linkTo } from "../../app/route.ts";
import type { PastScore } from "../../client/progress.ts";
import { useText } from "../../i18n/language.tsx";
import { rounded } from "../../parts/ScoreBar.tsx";
import type { Course, Sitting } from "./sittings.ts";
import { useMoments } from "./useMoments.ts";

interface Props {
  sittings: readonly Sitting[];
  courses: readonly Course[];
}

export function Sittings({ sittings, courses }: Props) {
  const text = useText();
  const id = useId();
  return (
    <div
      role="region"
      aria-labelledby={id}
      // It may be wider than the screen: the keyboard moves it too.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="relative overflow-x-auto focus-visible:-outline-offset-2"
    >
      <table className="w-full border-collapse text-left text-sm tabular-nums">
        <caption id={id} className="sr-only">
          {text.progress.table}
        </caption>
        <thead>
          <tr className="border-b border-edge align-bottom">
            <th scope="col" className="py-2 pr-6 font-normal text-soft">
              {text.progress.interview}
            </th>
            {courses.map(({ competency }) => (
              <th key={competency} scope="col" className="min-w-24 py-2 pr-6 font-semibold">
                {competency}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {sittings.map((sitting) => (
            <Row key={sitting.interview} sitting={sitting} courses={courses} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ sitting, courses }: { sitting: Sitting; courses: readonly Course[] }) {
  const text = useText();
  const when = useMoments()(sitting.finishedAt);
  return (
    <tr>
      <th scope="row" className="py-1 pr-6 font-normal whitespace-nowrap">
        <a
          href={linkTo({ screen: "interview", id: sitting.interview })}
          aria-label={text.progress.report(when)}
          className="inline-flex min-h-11 items-center rounded-sm underline decoration-edge underline-offset-4 hover:decoration-ink"
        >
          <time dateTime={new Date(sitting.finishedAt).toISOString()}>{when}</time>
        </a>
      </th>
      {courses.map(({ competency }) => (
        <td key={competency} className="py-1 pr-6">
          <Cell score={sitting.scores.get(competency)} />
        </td>
      ))}
    </tr>
  );
}

function Cell({ score }: { score: PastScore | undefined }) {
  const text = useText();
  if (score === undefined)
    return (
      <>
        <span aria-hidden="true" className="text-soft">
          –
        </span>
        <span className="sr-only">{text.report.notScored}</span>
      </>
    );
  return (
    <>
      <span aria-hidden="true">
        {rounded(score.score)}
        <span className="text-soft"> / {score.max}</span>
      </span>
      <span className="sr-only">{text.interview.scoreOf(rounded(score.score), score.max)}</span>
    </>
  );
}
