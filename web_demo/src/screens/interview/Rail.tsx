/** The questions so far, to go back to: beside the interview where there is room. */
import type { View } from "../../client/fold.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import type { Turn } from "../../client/contract/types.ts";
import { rounded } from "../../parts/ScoreBar.tsx";
import { hasOutcome, meanScore, turnLabel } from "./turns.ts";

export function Rail({ view }: { view: View }) {
  const text = useText();
  return (
    <nav
      aria-label={text.interview.turns}
      className="sticky top-16 hidden max-h-[calc(100dvh-5rem)] self-start overflow-y-auto py-8 lg:block"
    >
      <ol className="space-y-0.5">
        {view.turns.map((turn) => (
          <li key={turn.turn}>
            <button
              type="button"
              aria-current={hasOutcome(turn) ? undefined : "step"}
              className={`w-full rounded-lg py-2 pr-2 text-left transition-colors hover:bg-tint ${turn.kind === "main" ? "pl-3" : "pl-7"}`}
              onClick={() => {
                show(turn.turn);
              }}
            >
              <span className={`block text-sm ${hasOutcome(turn) ? "text-soft" : "font-semibold"}`}>
                {turn.kind === "main" ? turnLabel(turn, text) : text.interview.followUpShort}
              </span>
              <span className="block text-xs text-soft tabular-nums">{standing(turn, text)}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Brings a turn into sight, and those who read by ear to it. */
function show(turn: number): void {
  const article = document.getElementById(`turn-${turn}`);
  article?.scrollIntoView({ behavior: "smooth", block: "start" });
  article?.focus({ preventScroll: true });
}

function standing(turn: Turn, text: Catalogue): string {
  if (turn.skipped) return text.interview.skipped;
  const mean = meanScore(turn.feedback[0]?.scores ?? []);
  return mean === null ? "" : text.history.score(rounded(mean.score), mean.max);
}
