/** How each competency's score has moved. */
import { useId } from "react";
import { useLanguage } from "../../i18n/language.tsx";
import { rounded } from "../../parts/ScoreBar.tsx";
import { Chart } from "./Chart.tsx";
import { changeOf, type Course } from "./sittings.ts";
import { useMoments } from "./useMoments.ts";

export function Courses({ courses }: { courses: readonly Course[] }) {
  return (
    <ul className="grid gap-x-14 gap-y-10 md:grid-cols-2">
      {courses.map((course) => (
        <li key={course.competency} className="min-w-0">
          <OneCourse course={course} />
        </li>
      ))}
    </ul>
  );
}

function OneCourse({ course }: { course: Course }) {
  const { text } = useLanguage();
  const id = useId();
  const moment = useMoments();
  const { competency, points } = course;
  const told = (point: Course["points"][number] | undefined) =>
    point === undefined ? "" : text.interview.scoreOf(rounded(point.score), point.max);
  const last = points.at(-1);
  return (
    <figure aria-labelledby={id}>
      <figcaption className="mb-3 flex items-baseline justify-between gap-4">
        <span id={id} className="min-w-0">
          <span className="block font-semibold wrap-anywhere">{competency}</span>
          <span className="block text-sm text-soft">
            <Change course={course} />
          </span>
        </span>
        {last !== undefined && (
          <span className="shrink-0 text-lg font-bold tabular-nums">
            <span className="sr-only">{told(last)}</span>
            <span aria-hidden="true">
              {rounded(last.score)}
              <span className="text-sm font-normal text-soft"> / {last.max}</span>
            </span>
          </span>
        )}
      </figcaption>
      <Chart
        points={points}
        label={text.progress.chart(points.length, told(points[0]), told(last))}
        told={(point) => `${moment(point.finished_at)}: ${told(point)}`}
      />
    </figure>
  );
}

function Change({ course }: { course: Course }) {
  const { text } = useLanguage();
  const change = changeOf(course);
  if (course.points.length === 1) return text.progress.once;
  if (change === null) return null;
  const by = rounded(Math.abs(change));
  if (by === "0") return text.progress.same;
  return change > 0 ? text.progress.higher(by) : text.progress.lower(by);
}
