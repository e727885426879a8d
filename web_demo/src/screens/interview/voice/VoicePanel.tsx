/** In place of the written answer while one is being spoken: how it goes, what is heard, and what can be done. */
import type { View } from "../../../client/fold.ts";
import { spokenMs } from "../../../client/voice.ts";
import { useText } from "../../../i18n/language.tsx";
import { clock } from "../Countdown.tsx";
import type { Answer } from "../useAnswer.ts";
import type { Session } from "../useSession.ts";
import { LevelMeter } from "./LevelMeter.tsx";
import { LiveText } from "./LiveText.tsx";
import type { Voice } from "./useVoice.ts";
import { VoiceRemarks } from "./VoiceRemarks.tsx";
import { VoiceWays } from "./VoiceWays.tsx";

const SECOND_MS = 1_000;

interface Props {
  session: Session;
  view: View;
  voice: Voice;
  /** What was written before. */
  draft: Answer;
}

export function VoicePanel({ session, view, voice, draft }: Props) {
  const text = useText();
  const { stage, heard, stable } = voice;
  return (
    <div
      role="group"
      aria-label={text.voice.panel}
      tabIndex={-1}
      data-focus={stage === "opening" || stage === "transcribing" ? true : undefined}
      className="space-y-3 px-4 pt-3.5 pb-2 outline-none"
    >
      <Standing session={session} voice={voice} />
      {(heard !== "" || stage === "speaking" || stage === "waiting") && (
        <LiveText heard={heard} stable={stable} lang={view.config.language} />
      )}
      <VoiceRemarks session={session} voice={voice} hasDraft={draft.text.trim() !== ""} />
      <VoiceWays voice={voice} draft={draft} />
    </div>
  );
}

/** Whether it is recording, for how long, and how loud. */
function Standing({ session, voice }: { session: Session; voice: Voice }) {
  const text = useText();
  const { stage, spoken, recorder } = voice;
  const { link } = session.state;
  const away = link.status !== "open" || link.over !== "websocket";
  const ms = spoken === null ? 0 : spokenMs(spoken);
  const shown = clock(Math.floor(ms / SECOND_MS) * SECOND_MS);
  const words: Partial<Record<Voice["stage"], string>> = {
    opening: text.voice.opening,
    speaking: away ? text.voice.recordingAway : text.voice.recording,
    waiting: text.voice.waits(shown),
    transcribing: text.voice.transcribing,
  };
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-5 gap-y-1">
      <p role="status" className="flex items-center gap-2.5 text-sm font-semibold">
        <Lamp stage={stage} />
        {words[stage]}
      </p>
      {stage === "speaking" && (
        <>
          <p role="timer" aria-label={text.voice.spoken} className="text-sm tabular-nums">
            {shown}
          </p>
          <LevelMeter meter={recorder.meter} />
        </>
      )}
    </div>
  );
}

const LAMPS: Partial<Record<Voice["stage"], string>> = {
  speaking: "animate-breathe rounded-full bg-danger",
  waiting: "rounded-xs border border-ink",
};

/** Round and moving while something goes on, an empty square while it waits. */
function Lamp({ stage }: { stage: Voice["stage"] }) {
  const look = LAMPS[stage] ?? "animate-breathe rounded-full bg-marker";
  return <span aria-hidden="true" className={`size-2.5 shrink-0 ${look}`} />;
}
