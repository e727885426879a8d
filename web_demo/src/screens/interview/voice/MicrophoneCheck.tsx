/** Before the interview: whether the microphone is the right one, and heard. Nothing of it is sent or kept. */
import { useState } from "react";
import { useSurroundings } from "../../../app/surroundings.tsx";
import { useText } from "../../../i18n/language.tsx";
import type { LevelMeter as Meter } from "../../../microphone/level.ts";
import { keepVoicePreferences, voicePreferences } from "../../../microphone/preferences.ts";
import { Button } from "../../../parts/Button.tsx";
import { MicrophoneIcon } from "../../../parts/icons.tsx";
import { DeviceChoice } from "./DeviceChoice.tsx";
import { LevelMeter } from "./LevelMeter.tsx";
import { useHears } from "./useHears.ts";
import { useMicrophoneCheck } from "./useMicrophoneCheck.ts";

export function MicrophoneCheck() {
  const text = useText();
  const { kept } = useSurroundings();
  const [deviceId, setDeviceId] = useState(() => voicePreferences(kept).deviceId);
  const { checking, meter, begin, end } = useMicrophoneCheck();
  const { status } = checking;
  const choose = (chosen: string | null) => {
    setDeviceId(keepVoicePreferences(kept, { deviceId: chosen }).deviceId);
    begin(chosen);
  };
  return (
    <div className="space-y-3">
      {status === "off" ? (
        <Button
          look="secondary"
          onClick={() => {
            begin(deviceId);
          }}
        >
          <MicrophoneIcon />
          {text.voice.check}
        </Button>
      ) : (
        <section
          aria-label={text.voice.check}
          className="max-w-2xl space-y-3 rounded-2xl border border-line bg-sheet px-5 py-4"
        >
          {status === "opening" && (
            <p role="status" className="text-sm">
              {text.voice.opening}
            </p>
          )}
          {status === "on" && <Verdict key={checking.attempt} meter={meter} />}
          <DeviceChoice value={deviceId} onChange={choose} />
          <Button look="secondary" onClick={end}>
            {text.voice.endCheck}
          </Button>
        </section>
      )}
      {status === "off" && checking.trouble !== null && (
        <p role="alert" className="max-w-2xl border-l-4 border-danger py-1 pl-4 text-sm">
          {text.voice.trouble[checking.trouble]}
        </p>
      )}
    </div>
  );
}

function Verdict({ meter }: { meter: Meter }) {
  const { voice } = useText();
  const hears = useHears(meter);
  const said = { heard: voice.hear, nothing: voice.hearNothing };
  return (
    <>
      <p role="status" className="text-sm font-semibold">
        {hears === null ? voice.say : said[hears]}
      </p>
      <LevelMeter meter={meter} />
    </>
  );
}
