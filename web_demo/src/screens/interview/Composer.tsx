/**
 * Where the question is answered, in writing or by voice. It stays in its place between questions, so that the focus does
 * too: between them it takes no text, and while a question comes in it takes text but doesn't send.
 */
import { type RefObject, useEffect, useRef, useState } from "react";
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import { Confirm } from "../../parts/Confirm.tsx";
import { ArrowIcon, BulbIcon, SkipIcon } from "../../parts/icons.tsx";
import { AnswerField, commandKey } from "./AnswerField.tsx";
import { type Answer, useAnswer } from "./useAnswer.ts";
import { isOffered, type Session } from "./useSession.ts";
import { useSpeakingKeys, useVoice, type Voice } from "./voice/useVoice.ts";
import { DiscardElsewhere } from "./voice/DiscardElsewhere.tsx";
import { SpeakButton } from "./voice/SpeakButton.tsx";
import { VoiceNotes } from "./voice/VoiceNotes.tsx";
import { VoicePanel } from "./voice/VoicePanel.tsx";

/** From so few characters left on, the count is shown. */
const NEARLY_FULL = 500;

export function Composer({ session, view }: { session: Session; view: View }) {
  const text = useText();
  const answer = useAnswer(view, session.act);
  const voice = useVoice(session, view);
  const place = useRef<HTMLDivElement>(null);
  const isWritten = voice.stage === "written" || voice.stage === "elsewhere";
  const hasDraft = answer.text.trim() !== "";
  useFocusIn(place, voice.stage);
  useSpeakingKeys(() => {
    if (voice.offered && !answer.sending) voice.begin(hasDraft);
    else if (voice.cancelling) return;
    else if (voice.stage === "speaking") void voice.recorder.stop();
    else if (voice.stage === "waiting") voice.goOn();
  });
  return (
    <section aria-label={text.interview.yourAnswer}>
      <VoiceNotes voice={voice} view={view} />
      <div
        ref={place}
        className={`rounded-2xl border transition ${answer.turn === null ? "border-line bg-tint" : "border-edge bg-sheet focus-within:border-ink focus-within:ring-1 focus-within:ring-ink"}`}
      >
        {isWritten ? (
          <Writing session={session} view={view} answer={answer} voice={voice} />
        ) : (
          <VoicePanel session={session} view={view} voice={voice} draft={answer} />
        )}
      </div>
      <Keys session={session} />
    </section>
  );
}

/** What had the focus may be gone, and with it the focus: it goes to what is in its place. */
function useFocusIn(place: RefObject<HTMLElement | null>, stage: Voice["stage"]): void {
  useEffect(() => {
    const focused = document.activeElement;
    const isLost = focused === document.body || focused?.getAttribute("role") === "group";
    if (isLost) place.current?.querySelector<HTMLElement>("[data-focus]")?.focus({ preventScroll: true });
  }, [place, stage]);
}

interface WritingProps {
  session: Session;
  view: View;
  answer: Answer;
  voice: Voice;
}

function Writing({ session, view, answer, voice }: WritingProps) {
  const text = useText();
  const { act, state } = session;
  const field = useRef<HTMLTextAreaElement>(null);
  const [skipping, setSkipping] = useState(false);
  const left = (state.limits?.max_answer_chars ?? Infinity) - lengthOf(answer.text);
  const legal = isLegal(view, "answer.submit");
  const hasVoice = state.capabilities?.voice === true;
  const sendable = legal && !answer.sending && answer.text.trim() !== "" && left >= 0;
  const send = () => {
    if (sendable) answer.send();
  };
  const skip = () => {
    if (answer.turn === null) return;
    void act({ type: "question.skip", turn: answer.turn });
    field.current?.focus();
  };
  return (
    <>
      <AnswerField field={field} answer={answer} view={view} left={left} onSend={send} />
      <div className="flex flex-wrap items-center gap-1 px-2 pb-2">
        <HintButton session={session} view={view} turn={answer.turn} />
        <SkipButton
          disabled={answer.sending || !isOffered(session, view, "question.skip")}
          onSkip={() => {
            if (answer.text.trim() === "") skip();
            else setSkipping(true);
          }}
        />
        <Left left={left} roomy={!hasVoice} />
        <div className="flex gap-1 max-md:ml-auto">
          {voice.stage === "elsewhere" ? (
            <DiscardElsewhere voice={voice} />
          ) : (
            <SpeakButton session={session} view={view} voice={voice} answer={answer} />
          )}
          <SendButton sending={answer.sending} disabled={!sendable} roomy={!hasVoice} onSend={send} />
        </div>
      </div>
      {skipping && (
        <Confirm
          title={text.interview.skipTitle}
          confirm={text.interview.skip}
          onClose={() => {
            setSkipping(false);
          }}
          onConfirm={skip}
        >
          {text.interview.skipConfirm}
        </Confirm>
      )}
    </>
  );
}

interface SendProps {
  sending: boolean;
  disabled: boolean;
  /** Whether there is room for more than the words. */
  roomy: boolean;
  onSend: () => void;
}

function SendButton({ sending, disabled, roomy, onSend }: SendProps) {
  const text = useText();
  return (
    <Button
      className="max-sm:px-4"
      disabled={disabled}
      aria-keyshortcuts="Control+Enter Meta+Enter"
      onClick={onSend}
    >
      {sending ? text.interview.sending : text.interview.submit}
      {roomy && (
        <span className="inline-flex max-sm:hidden">
          <ArrowIcon />
        </span>
      )}
    </Button>
  );
}

function HintButton({ session, view, turn }: { session: Session; view: View; turn: number | null }) {
  const text = useText();
  return (
    <Button
      look="quiet"
      disabled={turn === null || !isOffered(session, view, "hint.request")}
      onClick={() => {
        if (turn !== null) void session.act({ type: "hint.request", turn });
      }}
    >
      <BulbIcon />
      {text.interview.hint}
    </Button>
  );
}

function SkipButton({ disabled, onSkip }: { disabled: boolean; onSkip: () => void }) {
  const text = useText();
  return (
    <Button look="quiet" aria-label={text.interview.skip} disabled={disabled} onClick={onSkip}>
      <SkipIcon />
      <span className="max-sm:sr-only">{text.interview.skip}</span>
    </Button>
  );
}

/** The characters left when few are; before that, how to send, where there is room for it. */
function Left({ left, roomy }: { left: number; roomy: boolean }) {
  const text = useText();
  if (left > NEARLY_FULL) {
    return (
      <span className="ml-auto text-xs text-soft max-md:hidden" aria-hidden="true">
        {roomy && text.interview.shortcut(commandKey())}
      </span>
    );
  }
  return (
    <span role="status" className={`ml-auto text-xs tabular-nums ${left < 0 ? "text-danger" : "text-soft"}`}>
      {left < 0 ? text.interview.tooLong(-left) : text.interview.charactersLeft(left)}
    </span>
  );
}

/** Below the answer, the keys for both ways to give it. */
function Keys({ session }: { session: Session }) {
  const text = useText();
  if (session.state.capabilities?.voice !== true) return null;
  const key = commandKey();
  return (
    <p className="mt-1.5 -mb-3 text-right text-xs text-soft max-md:hidden" aria-hidden="true">
      {text.interview.shortcut(key)} · {text.voice.shortcut(key)}
    </p>
  );
}

/** Code points, as the server counts. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
