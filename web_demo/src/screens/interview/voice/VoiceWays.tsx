/** What can be done with an answer that is being spoken: end it, go on with it, drop it, or write instead. */
import { useState } from "react";
import { spokenMs } from "../../../client/voice.ts";
import { useText } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";
import { Confirm } from "../../../parts/Confirm.tsx";
import { MicrophoneIcon } from "../../../parts/icons.tsx";
import type { Answer } from "../useAnswer.ts";
import type { Voice } from "./useVoice.ts";

/** So much may be dropped without a question. */
const LITTLE_MS = 10_000;
const KEYS = "Control+Shift+Enter Meta+Shift+Enter";

interface Props {
  voice: Voice;
  draft: Answer;
}

export function VoiceWays({ voice, draft }: Props) {
  const text = useText();
  const [asking, setAsking] = useState<"discard" | "type" | null>(null);
  const { stage, spoken, heard, cancelling: disabled } = voice;
  const open = stage === "speaking" || stage === "waiting";
  const little = spoken === null || spokenMs(spoken) <= LITTLE_MS;
  const drop = voice.cancel;
  const discard = () => {
    if (stage === "opening" || (little && open)) drop();
    else setAsking("discard");
  };
  const typeInstead = () => {
    if (heard === "") discard();
    else setAsking("type");
  };
  const type = (keep: boolean) => {
    // First: the recording goes at once, and the page may be gone before the server answers.
    if (keep) draft.add(heard);
    drop();
  };
  const close = () => {
    setAsking(null);
  };
  return (
    <div className="-mx-2 flex flex-wrap items-center gap-1">
      <Button look="quiet" disabled={disabled} onClick={discard}>
        {stage === "opening" ? text.cancel : text.voice.discard}
      </Button>
      {open && (
        <Button look="quiet" disabled={disabled} onClick={typeInstead}>
          {text.voice.typeInstead}
        </Button>
      )}
      {stage === "speaking" && <Ending voice={voice} disabled={disabled} />}
      {stage === "waiting" && <GoingOn voice={voice} disabled={disabled} />}
      {asking === "discard" && <ConfirmDiscard onClose={close} onConfirm={drop} />}
      {asking === "type" && <ConfirmTyping onClose={close} onConfirm={type} />}
    </div>
  );
}

function Ending({ voice, disabled }: { voice: Voice; disabled: boolean }) {
  const text = useText();
  return (
    <Button
      data-focus
      className="ml-auto"
      disabled={disabled}
      aria-keyshortcuts={KEYS}
      onClick={() => void voice.recorder.stop()}
    >
      {text.voice.stop}
    </Button>
  );
}

function GoingOn({ voice, disabled }: { voice: Voice; disabled: boolean }) {
  const text = useText();
  return (
    <>
      <Button
        look="secondary"
        className="ml-auto"
        disabled={disabled}
        onClick={() => void voice.recorder.stop()}
      >
        {text.voice.stop}
      </Button>
      <Button data-focus disabled={disabled} aria-keyshortcuts={KEYS} onClick={voice.goOn}>
        <MicrophoneIcon />
        {text.voice.goOn}
      </Button>
    </>
  );
}

export function ConfirmDiscard({ onClose, onConfirm }: { onClose: () => void; onConfirm: () => void }) {
  const { voice } = useText();
  return (
    <Confirm title={voice.discardTitle} confirm={voice.discard} onClose={onClose} onConfirm={onConfirm}>
      {voice.discardConfirm}
    </Confirm>
  );
}

function ConfirmTyping({ onClose, onConfirm }: { onClose: () => void; onConfirm: (keep: boolean) => void }) {
  const { voice } = useText();
  return (
    <Confirm
      title={voice.typeTitle}
      confirm={voice.keepText}
      harmless
      other={{
        label: voice.dropText,
        onChoose: () => {
          onConfirm(false);
        },
      }}
      onClose={onClose}
      onConfirm={() => {
        onConfirm(true);
      }}
    >
      {voice.typeConfirm}
    </Confirm>
  );
}
