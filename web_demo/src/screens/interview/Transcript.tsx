/** What has been said so far, question by question, with what is just being written. */
import { memo } from "react";
import type { View } from "../../client/fold.ts";
import { useText } from "../../i18n/language.tsx";
import { openTurn } from "./turns.ts";
import { TurnView } from "./TurnView.tsx";
import type { Act } from "./useSession.ts";
import { WaitingFor } from "./WaitingFor.tsx";

/** It isn't drawn anew for what doesn't change the interview, such as each piece of audio that is recorded. */
export const Transcript = memo(function Transcript({ view, act }: { view: View; act: Act }) {
  const open = openTurn(view.turns);
  return (
    <div className="divide-y divide-line">
      {view.turns.map((turn) => (
        <TurnView key={turn.turn} turn={turn} view={view} act={act} open={turn === open} />
      ))}
      {isThinking(view) && (
        <p className="flex items-center gap-2.5 py-8 text-sm text-soft">
          <span className="size-2 animate-breathe rounded-full bg-marker" />
          <Thinking view={view} />
        </p>
      )}
    </div>
  );
});

/** What the interviewer is doing, or what it waits for. */
function Thinking({ view }: { view: View }) {
  const text = useText();
  // Scores hold nothing up.
  const waiting = view.waiting.find(({ what }) => what !== "scores");
  if (waiting !== undefined) return <WaitingFor key={JSON.stringify(waiting)} waiting={waiting} />;
  const last = view.turns.at(-1);
  const reviewed =
    last === undefined || last.skipped || last.feedback.length > 0 || view.config.feedback === "end";
  return reviewed ? text.interview.thinking : text.interview.reading;
}

/** Whether the interviewer is at work and nothing of it is to be seen yet. */
function isThinking({ phase, streaming, failed, paused }: View): boolean {
  if (failed !== null || paused || streaming.length > 0) return false;
  return phase === "asking" || phase === "evaluating";
}
