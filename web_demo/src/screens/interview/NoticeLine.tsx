/** What the server has to say to people (`notice`): a quiet line, until it is dismissed or the candidate has gone on. */
import { useText } from "../../i18n/language.tsx";
import type { Told } from "./useTold.ts";

export function NoticeLine({ told, lang }: { told: Told; lang: string }) {
  const text = useText();
  if (told.notice === null) return null;
  return (
    <div className="mb-3 flex items-baseline justify-between gap-4 border-l-4 border-line pl-4 text-sm text-soft">
      <p lang={lang}>{told.notice}</p>
      <button
        type="button"
        className="shrink-0 rounded-sm underline underline-offset-2 hover:text-ink"
        onClick={told.dismissNotice}
      >
        {text.dismiss}
      </button>
    </div>
  );
}
