/** What there is to say about an answer by voice, above the place where it is given. */
import type { View } from "../../../client/fold.ts";
import { useText } from "../../../i18n/language.tsx";
import { openTurn } from "../turns.ts";
import type { Voice } from "./useVoice.ts";

export function VoiceNotes({ voice, view }: { voice: Voice; view: View }) {
  const text = useText();
  const { recording, stage, blocked } = voice;
  const trouble = recording.status === "off" ? recording.trouble : null;
  const review = useReviewNote(view);
  const answering = view.phase === "answering" && stage === "written";
  return (
    <>
      {trouble !== null && (
        <div
          role="alert"
          className="mb-3 flex items-start justify-between gap-4 border-l-4 border-danger py-1 pl-4 text-sm"
        >
          <p>{text.voice.trouble[trouble]}</p>
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
      )}
      {blocked && answering && <p className="mb-3 text-sm text-soft">{text.voice.blocked}</p>}
      {review !== null && stage === "written" && (
        <p className="mb-3 border-l-4 border-marker pl-4 text-sm">{review}</p>
      )}
    </>
  );
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
