/** "How answers are scored": at hand wherever scores are, in a dialog, with what each score means. */
import { type ReactNode, useCallback, useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useLoaded } from "../../app/useLoaded.ts";
import type { Competency } from "../../client/contract/types.ts";
import type { Standard } from "../../client/rubric.ts";
import type { Language } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import { Dialog } from "../../parts/Dialog.tsx";
import { LoadFailed } from "../../parts/LoadFailed.tsx";

interface Props {
  /** The interview's language, or the page's where there is no interview yet. */
  language: Language;
  /** An interview's own points, in the place of the standard ones. */
  own?: readonly Competency[] | null;
  /** What the button looks like, if not like a quiet link. */
  children?: ReactNode;
}

export function HowScored({ language, own = null, children }: Props) {
  const text = useText();
  const [open, setOpen] = useState(false);
  const show = () => {
    setOpen(true);
  };
  return (
    <>
      {children === undefined ? (
        <button
          type="button"
          aria-haspopup="dialog"
          className="w-fit rounded-sm py-1 text-left text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink print:hidden"
          onClick={show}
        >
          {text.rubric.title}
        </button>
      ) : (
        <Button look="quiet" aria-haspopup="dialog" onClick={show}>
          {children}
        </Button>
      )}
      {open && (
        <Dialog
          title={text.rubric.title}
          onClose={() => {
            setOpen(false);
          }}
        >
          {own === null ? (
            <StandardRubric language={language} />
          ) : (
            <OwnRubric own={own} language={language} />
          )}
        </Dialog>
      )}
    </>
  );
}

function StandardRubric({ language }: { language: Language }) {
  const text = useText();
  const { api } = useSurroundings();
  const [rubric, loadAgain] = useLoaded(useCallback(() => api.rubric(), [api]));
  if (rubric.status === "loading") return <p className="pb-6 text-sm text-soft">{text.loading}</p>;
  if (rubric.status === "failed") {
    return (
      <div className="pb-6">
        <LoadFailed problem={rubric.problem} onRetry={loadAgain} />
      </div>
    );
  }
  const { max, languages } = rubric.value;
  return (
    <div className="pb-6">
      <p className="text-sm text-soft">{text.rubric.lead(max)}</p>
      <p className="mt-2 text-sm text-soft">{text.rubric.evidence}</p>
      <div lang={language} className="mt-4 divide-y divide-line border-t border-line">
        {languages[language].map((standard) => (
          <Meanings key={standard.id} standard={standard} max={max} />
        ))}
      </div>
    </div>
  );
}

/** One competency: what it is about, and, opened, what each score means. */
function Meanings({ standard, max }: { standard: Standard; max: number }) {
  const text = useText();
  return (
    <details className="group">
      <summary className="-mx-3 my-1 flex list-none items-baseline gap-4 rounded-lg px-3 py-2.5 hover:bg-tint focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <span className="flex-1">
          <h3 className="text-sm font-semibold">{standard.name}</h3>
          <span className="block text-sm text-soft">{standard.description}</span>
        </span>
        <span aria-hidden="true" className="text-soft transition-transform group-open:rotate-45">
          +
        </span>
      </summary>
      <dl className="mb-4 space-y-2 text-sm">
        {standard.scores.map((meaning, score) => (
          <div key={score} className="grid grid-cols-[2.75rem_1fr] items-baseline">
            <dt className="font-semibold tabular-nums">
              <span aria-hidden="true">
                {score}
                <span className="font-normal text-soft">/{max}</span>
              </span>
              <span className="sr-only">{text.interview.scoreOf(score, max)}</span>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function OwnRubric({ own, language }: { own: readonly Competency[]; language: Language }) {
  const text = useText();
  return (
    <div className="pb-6">
      <p className="text-sm text-soft">{text.rubric.own}</p>
      <p className="mt-2 text-sm text-soft">{text.rubric.evidence}</p>
      <dl lang={language} className="mt-4 divide-y divide-line border-t border-line">
        {own.map(({ name, description }) => (
          <div key={name} className="py-3">
            <dt className="text-sm font-semibold">{name}</dt>
            <dd className="text-sm text-soft">{description}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
