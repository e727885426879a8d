/** The way out where an answer is spoken on another device, which may be off or lost by now. */
import { useState } from "react";
import { useText } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";
import type { Voice } from "./useVoice.ts";
import { ConfirmDiscard } from "./VoiceWays.tsx";

export function DiscardElsewhere({ voice }: { voice: Voice }) {
  const text = useText();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        look="quiet"
        disabled={voice.cancelling}
        onClick={() => {
          setAsking(true);
        }}
      >
        {text.voice.discardElsewhere}
      </Button>
      {asking && (
        <ConfirmDiscard
          onClose={() => {
            setAsking(false);
          }}
          onConfirm={voice.cancel}
        />
      )}
    </>
  );
}
