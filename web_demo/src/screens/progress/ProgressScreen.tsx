/** The progress: how each competency was scored over the interviews that are finished. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { type Problem, problemOf } from "../../app/problem.ts";
import { linkTo } from "../../app/route.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useLoaded } from "../../app/useLoaded.ts";
import type { Page } from "../../client/networked/http.ts";
import type { PastScore } from "../../client/progress.ts";
import type { Rubric } from "../../client/rubric.ts";
import { useLanguage, useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button, buttonLook } from "../../parts/Button.tsx";
import { LoadFailed } from "../../parts/LoadFailed.tsx";
import { Courses } from "./Courses.tsx";
import { coursesOf, inLanguage, sittingsOf } from "./sittings.ts";
import { Sittings } from "./Sittings.tsx";

/** So many scores at once: some twenty interviews. */
const PAGE = 100;

export function ProgressScreen() {
  const text = useText();
  const { api } = useSurroundings();
  const [loaded, loadAgain] = useLoaded(
    useCallback(() => Promise.all([api.progress(PAGE), api.rubric()]), [api]),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${text.progress.title} · viva`;
  }, [text]);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-8 pb-24 sm:px-8 sm:pt-12">
      <h1 ref={heading} tabIndex={-1} className="text-2xl font-bold">
        {text.progress.title}
      </h1>
      {loaded.status === "loading" && <p className="mt-8 text-sm text-soft">{text.loading}</p>}
      {loaded.status === "failed" && (
        <div className="mt-8">
          <LoadFailed problem={loaded.problem} onRetry={loadAgain} />
        </div>
      )}
      {loaded.status === "loaded" &&
        (loaded.value[0].items.length === 0 ? (
          <Empty />
        ) : (
          <Progress first={loaded.value[0]} rubric={loaded.value[1]} />
        ))}
    </main>
  );
}

function Empty() {
  const text = useText();
  return (
    <div className="mt-6 space-y-6">
      <p className="max-w-2xl text-soft">{text.progress.empty}</p>
      <a href={linkTo({ screen: "setup" })} className={buttonLook("primary")}>
        {text.report.another}
      </a>
    </div>
  );
}

function Progress({ first, rubric }: { first: Page<PastScore>; rubric: Rubric }) {
  const { text, language } = useLanguage();
  const { scores, next, showMore, problem } = usePages(first);
  const sittings = sittingsOf(inLanguage(scores, rubric, language), next !== null);
  const courses = coursesOf(sittings);
  return (
    <>
      <p className="mt-5 max-w-2xl text-soft">{text.progress.lead}</p>
      <Part title={text.progress.competencies}>
        <Courses courses={courses} />
      </Part>
      <Part title={text.progress.table}>
        <Sittings sittings={sittings} courses={courses} />
        <Alert problem={problem} />
        {next !== null && (
          <Button look="quiet" className="mt-3" onClick={() => void showMore()}>
            {text.progress.more}
          </Button>
        )}
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-12 border-t border-ink pt-3">
      <h2 className="pb-6 text-sm font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function usePages(first: Page<PastScore>) {
  const { api } = useSurroundings();
  const [scores, setScores] = useState(first.items);
  const [next, setNext] = useState(first.next_cursor);
  const [problem, setProblem] = useState<Problem | null>(null);
  const showMore = async () => {
    setProblem(null);
    try {
      const page = await api.progress(PAGE, next);
      setScores((before) => [...before, ...page.items]);
      setNext(page.next_cursor);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  return { scores, next, showMore, problem };
}
