/** The user's earlier interviews: to go on with, to read again, or to delete. */
import { useCallback, useState } from "react";
import { type Problem, problemOf } from "../../app/problem.ts";
import { linkTo } from "../../app/route.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useLoaded } from "../../app/useLoaded.ts";
import type { Interview, Report } from "../../client/contract/types.ts";
import type { Page } from "../../client/networked/http.ts";
import { type Catalogue, named } from "../../i18n/catalogue.ts";
import { useLanguage, useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button } from "../../parts/Button.tsx";
import { Confirm } from "../../parts/Confirm.tsx";
import { LoadFailed } from "../../parts/LoadFailed.tsx";
import { TrashIcon } from "../../parts/icons.tsx";
import { rounded } from "../../parts/ScoreBar.tsx";
import { forgetDrafts } from "../interview/drafts.ts";
import { mainQuestions } from "../interview/turns.ts";

const PAGE = 8;

export function History() {
  const text = useText();
  const { api } = useSurroundings();
  const [first, loadAgain] = useLoaded(useCallback(() => api.interviews(PAGE), [api]));
  const [scored, lookAgain] = useLoaded(useCallback(() => api.progress(1), [api]));
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="border-t border-ink pt-3 pb-5 text-sm font-semibold">
        {text.history.title}
      </h2>
      {first.status === "loading" && <p className="text-sm text-soft">{text.loading}</p>}
      {first.status === "failed" && <LoadFailed problem={first.problem} onRetry={loadAgain} />}
      {first.status === "loaded" && <Interviews first={first.value} onDeleted={lookAgain} />}
      {scored.status === "loaded" && scored.value.items.length > 0 && (
        <a
          href={linkTo({ screen: "progress" })}
          className="mt-4 inline-block rounded-sm py-1 text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink"
        >
          {text.progress.link}
        </a>
      )}
    </section>
  );
}

function Interviews({ first, onDeleted }: { first: Page<Interview>; onDeleted: () => void }) {
  const text = useText();
  const { api, kept, recordings } = useSurroundings();
  const [items, setItems] = useState(first.items);
  const [next, setNext] = useState(first.next_cursor);
  const [doomed, setDoomed] = useState<Interview | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = (work: Promise<void>) => {
    setProblem(null);
    work.catch((thrown: unknown) => {
      setProblem(problemOf(thrown));
    });
  };
  const showMore = async () => {
    const page = await api.interviews(PAGE, next);
    setItems((before) => [...before, ...page.items]);
    setNext(page.next_cursor);
  };
  const remove = async (id: string) => {
    await api.delete(id);
    forgetDrafts(kept, id);
    void recordings.forget(id);
    setItems((before) => before.filter((item) => item.id !== id));
    onDeleted();
  };
  return (
    <>
      <Alert problem={problem} />
      {items.length === 0 && <p className="text-sm text-soft">{text.history.empty}</p>}
      <ul className="divide-y divide-line">
        {items.map((interview) => (
          <Row
            key={interview.id}
            interview={interview}
            onDelete={() => {
              setDoomed(interview);
            }}
          />
        ))}
      </ul>
      {next !== null && (
        <Button
          look="quiet"
          onClick={() => {
            attempt(showMore());
          }}
        >
          {text.history.more}
        </Button>
      )}
      {doomed !== null && (
        <Confirm
          title={text.history.confirmTitle}
          confirm={text.history.delete}
          onClose={() => {
            setDoomed(null);
          }}
          onConfirm={() => {
            attempt(remove(doomed.id));
          }}
        >
          {text.history.confirm}
        </Confirm>
      )}
    </>
  );
}

function Row({ interview, onDelete }: { interview: Interview; onDelete: () => void }) {
  const { text, language } = useLanguage();
  const when = new Date(interview.created_at);
  const day = when.toLocaleDateString(language, { month: "short", day: "numeric" });
  const time = when.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  const role = named(text.roles, interview.config.role);
  return (
    <li className="flex items-center gap-2 py-1">
      <a
        href={linkTo({ screen: "interview", id: interview.id })}
        className="-ml-3 min-w-0 flex-1 rounded-lg px-3 py-2.5 transition-colors hover:bg-tint"
      >
        <span className="block truncate text-sm font-semibold">{role}</span>
        <span className="block text-xs text-soft tabular-nums">
          <time dateTime={when.toISOString()}>
            {day} {time}
          </time>
          {" · "}
          {standing(interview, text)}
        </span>
      </a>
      <button
        type="button"
        aria-label={text.history.deleteNamed(`${role}, ${day} ${time}`)}
        className="flex size-11 items-center justify-center rounded-lg text-soft transition-colors hover:bg-tint hover:text-danger"
        onClick={onDelete}
      >
        <TrashIcon />
      </button>
    </li>
  );
}

/** How far it has come, in a few words. */
function standing(interview: Interview, text: Catalogue): string {
  const { phase, paused, report, turns, config } = interview;
  if (phase === "created") return text.history.notStarted;
  if (report !== null) return outcome(report, text);
  if (phase === "reporting") return text.report.title;
  if (paused) return text.history.paused;
  return text.history.progress(turns.at(-1)?.number ?? 0, mainQuestions(config));
}

function outcome({ score, max }: Report, text: Catalogue): string {
  return score === null ? text.report.notScored : text.history.score(rounded(score), max);
}
