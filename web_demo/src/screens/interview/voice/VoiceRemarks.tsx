/** What a candidate should know while answering by voice, as far as there is something. */
import { useAnnounced } from "../../../app/announcer.tsx";
import { spokenMs } from "../../../client/voice.ts";
import { useText } from "../../../i18n/language.tsx";
import type { Session } from "../useSession.ts";
import { DeviceChoice } from "./DeviceChoice.tsx";
import { useHears } from "./useHears.ts";
import type { Voice } from "./useVoice.ts";

/** So long before the longest answer is reached, it is told; from then on in steps, as a second more or less says nothing. */
const NEARLY_OVER_MS = 60_000;
const STEP_S = 10;

interface Props {
  session: Session;
  voice: Voice;
  /** Whether something was written before. */
  hasDraft: boolean;
}

export function VoiceRemarks({ session, voice, hasDraft }: Props) {
  const text = useText();
  const { stage, endedBy, unkept } = voice;
  return (
    <div className="space-y-1 text-sm">
      {stage === "transcribing" && endedBy !== null && <p>{text.voice.ended[endedBy]}</p>}
      {stage === "waiting" && <WhileWaiting voice={voice} />}
      {stage === "speaking" && <WhileSpeaking session={session} voice={voice} hasDraft={hasDraft} />}
      {unkept && stage !== "transcribing" && <p role="status">{text.voice.notKept}</p>}
    </div>
  );
}

function WhileWaiting({ voice }: { voice: Voice }) {
  const { recording, preferences } = voice;
  return (
    <>
      {recording.status === "off" && recording.lost && <Lost />}
      <DeviceChoice
        value={preferences.deviceId}
        onChange={(deviceId) => {
          voice.prefer({ deviceId });
        }}
      />
    </>
  );
}

function Lost() {
  const { lost } = useText().voice;
  useAnnounced(lost);
  return <p>{lost}</p>;
}

function WhileSpeaking({ session, voice, hasDraft }: Props) {
  const text = useText();
  const { spoken, recording } = voice;
  const most = session.state.limits?.max_answer_ms ?? Infinity;
  const left = most - (spoken === null ? 0 : spokenMs(spoken));
  const secondsLeft = Math.max(0, Math.ceil(left / 1_000 / STEP_S) * STEP_S);
  const held = recording.status === "on" && recording.held;
  return (
    <>
      {held ? <Held voice={voice} /> : <Unheard voice={voice} />}
      {left < NEARLY_OVER_MS && <p role="status">{text.voice.secondsLeft(secondsLeft)}</p>}
      {hasDraft && <p className="text-soft">{text.voice.draftStays}</p>}
    </>
  );
}

function Held({ voice }: { voice: Voice }) {
  const text = useText();
  return (
    <p role="status">
      {text.voice.held}{" "}
      <button
        type="button"
        className="rounded-sm underline"
        onClick={() => {
          voice.recorder.resume();
        }}
      >
        {text.voice.resume}
      </button>
    </p>
  );
}

/** Tells when nothing is heard: better now than at the end. */
function Unheard({ voice }: { voice: Voice }) {
  const text = useText();
  const hears = useHears(voice.recorder.meter);
  return hears === "nothing" ? <p role="status">{text.voice.hearNothing}</p> : null;
}
