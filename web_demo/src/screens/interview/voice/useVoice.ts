/** Answering by voice, for the screen: where it stands, what can be done, and how somebody likes it. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useAnnounced } from "../../../app/announcer.tsx";
import { useSurroundings } from "../../../app/surroundings.tsx";
import type { Spoken } from "../../../client/core.ts";
import type { View } from "../../../client/fold.ts";
import { isLegal } from "../../../client/phases.ts";
import { useText } from "../../../i18n/language.tsx";
import {
  keepVoicePreferences,
  type VoicePreferences,
  voicePreferences,
} from "../../../microphone/preferences.ts";
import { Recorder, type Recording } from "../../../microphone/recorder.ts";
import { openTurn } from "../turns.ts";
import { isInFlight, type Session } from "../useSession.ts";
import { type Stage, stageOf } from "./stage.ts";

/** So much silence ends an answer, where somebody wants that. */
const SILENCE_MS = 2_000;

export interface Voice {
  recorder: Recorder;
  recording: Recording;
  stage: Stage;
  spoken: Spoken | null;
  /** What was heard so far; so many code points of it won't change. */
  heard: string;
  stable: number;
  /** Whether an answer can be begun by voice now. */
  offered: boolean;
  /** Whether the answer in review can be dropped for another now: the server has to say that it is gone. */
  repeatable: boolean;
  /** Whether an answer is being dropped, and the server hasn't said yet that it is gone. */
  cancelling: boolean;
  /** Whether one could be begun, but for the network. */
  blocked: boolean;
  /** Why the last answer was ended, where nobody asked for that. */
  endedBy: "silence" | "limit" | null;
  /** Whether what is said would not outlive a reload. */
  unkept: boolean;
  /** Whether the last answer was dropped elsewhere. */
  dropped: boolean;
  /** Whether an answer may be kept here that couldn't be read. */
  unread: boolean;
  preferences: VoicePreferences;
  prefer: (changes: Partial<VoicePreferences>) => void;
  /** Begins an answer; `review`: the text is to be seen before it counts, whatever is preferred. */
  begin: (review: boolean) => void;
  /** Drops the answer that is in review, and begins another. */
  again: (review: boolean) => void;
  goOn: () => void;
  cancel: () => void;
}

export function useVoice(session: Session, view: View): Voice {
  const { client, state, act, keeping } = session;
  const { kept, microphone } = useSurroundings();
  const [recorder] = useState(() => new Recorder(client, act, microphone));
  const recording = useSyncExternalStore(recorder.subscribe, () => recorder.state);
  const unkept = useSyncExternalStore(
    useCallback((changed) => keeping?.subscribe(changed) ?? (() => undefined), [keeping]),
    () => keeping?.fails === true,
  );
  const [preferences, setPreferences] = useState(() => voicePreferences(kept));
  const endedBy = useEnd(session, recording);
  useEffect(() => recorder.attend(), [recorder]);
  useHearingAgain(recorder);

  const { spoken } = state;
  const turn = openTurn(view.turns)?.turn ?? null;
  const stage = stageOf(view, spoken, recording);
  const { deviceId, endsBySilence, review: reviews } = preferences;
  const answer = (review: boolean, again: boolean) => {
    if (turn === null) return;
    const silenceMs = endsBySilence ? SILENCE_MS : null;
    void recorder.answer(turn, { deviceId, silenceMs, review: review || reviews, again });
  };
  return {
    ...{ recorder, recording, stage, spoken, endedBy, unkept, preferences },
    ...{ dropped: state.dropped, unread: session.unread },
    ...waysOf(session, view, stage),
    heard: state.partial,
    stable: state.stable,
    prefer: (changes) => {
      setPreferences(keepVoicePreferences(kept, changes));
    },
    begin: (review) => {
      answer(review, false);
    },
    again: (review) => {
      answer(review, true);
    },
    goOn: () => {
      void recorder.goOn(deviceId);
    },
    cancel: () => {
      if (turn !== null) void recorder.cancel(turn);
    },
  };
}

/** What can be begun now, and what stands in its way. */
function waysOf(
  session: Session,
  view: View,
  stage: Stage,
): Pick<Voice, "offered" | "repeatable" | "cancelling" | "blocked"> {
  const { capabilities, link } = session.state;
  const able = capabilities?.voice === true;
  const over = link.status === "open" ? link.over : null;
  const blocked = able && over === "events";
  const cancelling = isInFlight(session, "audio.cancel");
  const free = able && !blocked && !cancelling;
  return {
    offered: free && stage === "written" && isLegal(view, "audio.start"),
    repeatable: free && over === "websocket" && view.phase === "reviewing",
    cancelling,
    blocked,
  };
}

/** Why the last answer was ended; null where that was asked for, or another has begun. */
function useEnd({ client, state }: Session, recording: Recording): "silence" | "limit" | null {
  const { limit } = useText().voice.ended;
  const full = recording.status === "off" && recording.full && state.spoken !== null;
  useAnnounced(full ? limit : null);
  const [endedBy, setEndedBy] = useState<"silence" | "limit" | null>(null);
  useEffect(
    () =>
      client.onMessage((message) => {
        if (message.type === "audio.stopped") {
          setEndedBy(message.reason === "requested" ? null : message.reason);
        }
        const over = ["audio.started", "audio.cancelled", "answer.accepted", "answer.skipped"];
        if (over.includes(message.type)) setEndedBy(null);
      }),
    [client],
  );
  return full ? "limit" : endedBy;
}

/** Phones take the microphone away while the page isn't seen. */
function useHearingAgain(recorder: Recorder): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") recorder.resume();
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
    };
  }, [recorder]);
}

/** Starts and ends speaking by the keys, wherever the focus is: they type nothing. */
export function useSpeakingKeys(strike: () => void): void {
  const newest = useRef(strike);
  useEffect(() => {
    newest.current = strike;
  }, [strike]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const keys = event.key === "Enter" && event.shiftKey && (event.ctrlKey || event.metaKey);
      if (!keys || event.repeat || event.isComposing) return;
      // An open dialog asks for something else.
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      newest.current();
    };
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", onKeyDown);
    };
  }, []);
}
