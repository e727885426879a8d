/** How answers by voice end, and whether their text is read first. Kept in this browser. */
import { useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useText } from "../../i18n/language.tsx";
import {
  keepVoicePreferences,
  type VoicePreferences,
  voicePreferences,
} from "../../microphone/preferences.ts";
import { Check } from "../../parts/Check.tsx";

export function VoiceOptions() {
  const { voice } = useText();
  const { kept } = useSurroundings();
  const [preferences, setPreferences] = useState(() => voicePreferences(kept));
  const prefer = (changes: Partial<VoicePreferences>) => {
    setPreferences(keepVoicePreferences(kept, changes));
  };
  return (
    <fieldset className="grid gap-x-6 gap-y-2.5 sm:grid-cols-[9rem_1fr]">
      <legend className="sr-only">{voice.options}</legend>
      <div aria-hidden="true" className="pt-1.5 text-sm font-semibold">
        {voice.options}
      </div>
      <div>
        <Check
          label={voice.silence}
          note={voice.silenceNote}
          checked={preferences.endsBySilence}
          onChange={(endsBySilence) => {
            prefer({ endsBySilence });
          }}
        />
        <Check
          label={voice.reviewFirst}
          note={voice.reviewFirstNote}
          checked={preferences.review}
          onChange={(review) => {
            prefer({ review });
          }}
        />
      </div>
    </fieldset>
  );
}
