/** The report: as it is being written, and when it is whole. */
import { useEffect, useRef } from "react";
import type { Interview, Report } from "../../client/contract/types.ts";
import { streaming, type View } from "../../client/fold.ts";
import { named } from "../../i18n/catalogue.ts";
import { useLanguage } from "../../i18n/language.tsx";
import { Prose } from "../../parts/Prose.tsx";
import { rounded } from "../../parts/ScoreBar.tsx";
import { FailedNote } from "../interview/FailedNote.tsx";
import { NoticeLine } from "../interview/NoticeLine.tsx";
import { turnLabel } from "../interview/turns.ts";
import type { Session } from "../interview/useSession.ts";
import { WaitingFor } from "../interview/WaitingFor.tsx";
import { HowScored } from "../rubric/HowScored.tsx";
import { Actions } from "./Actions.tsx";
import { Competencies } from "./Competencies.tsx";
import { Section } from "./Section.tsx";
import { isUnscored, TurnReports } from "./TurnReports.tsx";

export function ReportScreen({ session, view }: { session: Session; view: View }) {
  const { text } = useLanguage();
  const { report, config } = view;
  const soFar = streaming(view, "report", null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-8 pb-24 sm:px-8 sm:pt-12">
      <About view={view} />
      <h1 ref={heading} tabIndex={-1} className="mt-2 text-2xl font-bold">
        {text.report.title}
      </h1>
      {report !== null && <Overall report={report} view={view} />}
      <div className="mt-10 max-w-2xl">
        <NoticeLine told={session.told} lang={config.language} />
        <FailedNote view={view} act={session.act} />
        {report === null && soFar === null && view.failed === null && <Writing view={view} />}
        <Prose
          text={report?.text ?? soFar ?? ""}
          lang={config.language}
          streaming={report === null && soFar !== null}
        />
      </div>
      {report !== null && <Details report={report} view={view} />}
    </main>
  );
}

/** Nothing of it is to be seen yet. */
function Writing({ view }: { view: View }) {
  const { text } = useLanguage();
  const waiting = view.waiting.find(({ what }) => what === "report");
  return (
    <p className="flex items-center gap-2.5 text-sm text-soft">
      <span className="size-2 animate-breathe rounded-full bg-marker" />
      {waiting === undefined ? (
        text.report.writing
      ) : (
        <WaitingFor key={JSON.stringify(waiting)} waiting={waiting} />
      )}
    </p>
  );
}

function About({ view }: { view: Interview }) {
  const { text, language } = useLanguage();
  const { config, finished_at, finish_reason } = view;
  const parts = [
    named(text.roles, config.role),
    config.level === null ? null : named(text.levels, config.level),
    finished_at === null ? null : new Date(finished_at).toLocaleDateString(language, { dateStyle: "long" }),
    finish_reason === null ? null : text.report.reasons[finish_reason],
  ];
  return <p className="text-sm text-soft">{parts.filter((part) => part !== null).join(" · ")}</p>;
}

function Overall({ report, view }: { report: Report; view: View }) {
  return (
    <>
      <OverallScore report={report} />
      <Scoring report={report} view={view} />
    </>
  );
}

function OverallScore({ report }: { report: Report }) {
  const { text } = useLanguage();
  if (report.score === null) {
    return (
      <p className="mt-8">
        <span className="block text-lg font-semibold">{text.report.notScored}</span>
        <span className="text-sm text-soft">{text.report.notScoredWhy}</span>
      </p>
    );
  }
  return (
    <p className="mt-8 flex items-baseline gap-3">
      <span className="sr-only">{text.report.overall}: </span>
      <span className="stroke px-1 text-3xl font-bold tracking-tight tabular-nums">
        {rounded(report.score)}
      </span>
      <span className="text-lg text-soft tabular-nums" aria-hidden="true">
        / {report.max}
      </span>
      <span className="sr-only">{text.interview.scoreOf(rounded(report.score), report.max)}</span>
    </p>
  );
}

/** What stands behind the score: which answers it leaves out, and what a score means. */
function Scoring({ report, view }: { report: Report; view: View }) {
  const { text } = useLanguage();
  const unscored = view.turns.filter((turn) => isUnscored(turn, report));
  return (
    <div className="mt-3 max-w-2xl space-y-1">
      {unscored.length > 0 && (
        <p className="text-sm text-soft">
          {text.report.unscoredTurns(unscored.map((turn) => turnLabel(turn, text)))}
        </p>
      )}
      <HowScored language={view.config.language} own={view.config.competencies} />
    </div>
  );
}

function Details({ report, view }: { report: Report; view: View }) {
  const { text } = useLanguage();
  const lang = view.config.language;
  return (
    <div className="animate-rise">
      <Actions view={view} />
      <Section title={text.report.competencies} shown={report.competencies.length > 0}>
        <Competencies report={report} turns={view.turns} lang={lang} />
      </Section>
      <Points title={text.report.strengths} points={report.strengths} lang={lang} />
      <Points title={text.report.improvements} points={report.improvements} lang={lang} />
      <Section title={text.report.perQuestion} shown={view.turns.length > 0}>
        <TurnReports report={report} turns={view.turns} lang={lang} />
      </Section>
    </div>
  );
}

function Points({ title, points, lang }: { title: string; points: readonly string[]; lang: string }) {
  return (
    <Section title={title} shown={points.length > 0}>
      <ul lang={lang} className="space-y-3">
        {points.map((point, index) => (
          <li key={index} className="border-l-4 border-marker pl-4">
            {point}
          </li>
        ))}
      </ul>
    </Section>
  );
}
