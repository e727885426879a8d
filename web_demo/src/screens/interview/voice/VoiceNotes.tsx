/** What there is to say about an answer by voice, above the place where it is given. */
import { useAnnounced } from "../../../app/announcer.tsx";
import type { View } from "../../../client/fold.ts";
import { useText } from "../../../i18n/language.tsx";
import { openTurn } from "../turns.ts";
import type { Voice } from "./useVoice.ts";

export function VoiceNotes({ voice, view }: { voice: Voice; view: View }) {
  const text = useText();
  const { stage } = voice;
  const review = useReviewNote(view);
  return (
    <>
      <TroubleNote voice={voice} />
      {view.phase === "answering" && stage === "written" && <BeforeAnswer voice={voice} />}
      {voice.unread && (stage === "elsewhere" || stage === "transcribing") && (
        <p role="status" className="mb-3 text-sm">
          {text.voice.unread}
        </p>
      )}
      {review !== null && stage === "written" && (
        <p className="mb-3 border-l-4 border-marker pl-4 text-sm">{review}</p>
      )}
    </>
  );
}

/** Why the microphone can't be used. */
function TroubleNote({ voice }: { voice: Voice }) {
  const text = useText();
  const { recording } = voice;
  if (recording.status !== "off" || recording.trouble === null) return null;
  return (
    <div
      role="alert"
      className="mb-3 flex items-start justify-between gap-4 border-l-4 border-danger py-1 pl-4 text-sm"
    >
      <p>{text.voice.trouble[recording.trouble]}</p>
      <button
        type="button"
        className="shrink-0 rounded-sm underline"
        onClick={() => {
          voice.recorder.dismiss();
        }}
      >
        {text.dismiss}
      </button>
    </div>
  );
}

function BeforeAnswer({ voice: { blocked, dropped } }: { voice: Voice }) {
  const text = useText();
  return (
    <>
      {dropped && <Dropped />}
      {blocked && <p className="mb-3 text-sm text-soft">{text.voice.blocked}</p>}
    </>
  );
}

function Dropped() {
  const { dropped } = useText().voice;
  useAnnounced(dropped);
  return <p className="mb-3 border-l-4 border-marker pl-4 text-sm">{dropped}</p>;
}

/** What to do with a transcript that waits to be confirmed, or null. */
function useReviewNote(view: View): string | null {
  const { voice } = useText();
  const transcript = view.phase === "reviewing" ? openTurn(view.turns)?.transcript : null;
  if (transcript == null) return null;
  if (transcript.text === "") return voice.reviewEmpty;
  return transcript.confidence < UNSURE ? voice.reviewUnsure : voice.review;
}

/** Below it, some words are probably others. */
const UNSURE = 0.6;
