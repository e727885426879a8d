/** Begins an answer by voice; in review, another in its place. There where the server has an ear. */
import type { View } from "../../../client/fold.ts";
import { useText } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";
import { MicrophoneIcon } from "../../../parts/icons.tsx";
import type { Answer } from "../useAnswer.ts";
import type { Session } from "../useSession.ts";
import type { Voice } from "./useVoice.ts";

interface Props {
  session: Session;
  view: View;
  voice: Voice;
  answer: Answer;
}

export function SpeakButton({ session, view, voice, answer }: Props) {
  const text = useText();
  if (session.state.capabilities?.voice !== true) return null;
  const reviewing = view.phase === "reviewing";
  const possible = reviewing ? voice.repeatable : voice.offered;
  const label = reviewing ? text.voice.again : text.voice.answer;
  return (
    <Button
      look="secondary"
      className="max-sm:px-3"
      aria-label={label}
      disabled={!possible || answer.sending}
      // The keys that end an answer don't drop it: struck a moment too late, they would.
      aria-keyshortcuts={reviewing ? undefined : "Control+Shift+Enter Meta+Shift+Enter"}
      onClick={() => {
        // What was written by hand isn't sent without being seen beside what is said.
        const review = answer.own.trim() !== "";
        if (reviewing) voice.again(review);
        else voice.begin(review);
      }}
    >
      <MicrophoneIcon />
      <span className="max-sm:sr-only">{label}</span>
    </Button>
  );
}
