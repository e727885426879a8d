/** The answer being written: kept with every keystroke, sent once, and gone when the server has it. */
import { useEffect, useRef, useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import { type Draft, keepDraft, loadDraft, NO_DRAFT } from "./drafts.ts";
import { hasOutcome, openTurn } from "./turns.ts";
import type { Act } from "./useSession.ts";

export interface Answer {
  /** The turn that is being answered; null between a turn's outcome and the next question. */
  turn: number | null;
  text: string;
  sending: boolean;
  write: (text: string) => void;
  /** Adds what was said to what was written. */
  add: (said: string) => void;
  /** Without the transcript that was taken into it, unless that was changed. */
  own: string;
  send: () => void;
}

export function useAnswer(view: View, act: Act): Answer {
  const { kept, newId } = useSurroundings();
  const interview = view.id;
  const turn = openTurn(view.turns)?.turn ?? null;
  const [draft, setDraft] = useState<Draft>(() => load(kept, interview, turn));
  const [sending, setSending] = useState(false);
  const [shownTurn, setShownTurn] = useState(turn);
  if (shownTurn !== turn) {
    setShownTurn(turn);
    setDraft(load(kept, interview, turn));
    setSending(false);
  }

  const closed = view.turns.findLast(hasOutcome)?.turn ?? null;
  useEffect(() => {
    if (closed !== null) keepDraft(kept, interview, closed, NO_DRAFT);
  }, [kept, interview, closed]);

  const keep = (next: Draft) => {
    setDraft(next);
    if (turn !== null) keepDraft(kept, interview, turn, next);
  };
  const write = (text: string) => {
    keep({ ...draft, text, sentAs: null });
  };
  const add = (said: string) => {
    write(joined(draft.text, said));
  };
  // What was said is there to be read, and corrected, before it counts: it is taken over once, also after a reload. If
  // the answer is spoken again, it goes.
  const heard = view.phase === "reviewing" ? (openTurn(view.turns)?.transcript?.text ?? null) : null;
  const own = withoutHeard(draft);
  useEffect(() => {
    const isGone = heard === null && draft.heard !== undefined && isLegal(view, "audio.start");
    if (isGone) keep({ text: own, sentAs: null });
    if (heard !== null && draft.heard !== heard) keep({ text: joined(own, heard), sentAs: null, heard });
  });

  const send = () => {
    if (turn === null || sending) return;
    const sent = { ...draft, sentAs: draft.sentAs ?? newId() };
    keep(sent);
    setSending(true);
    // Acknowledged, it stays "sending" until the event comes that closes the turn.
    void act({ type: "answer.submit", turn, text: sent.text }, sent.sentAs).then((result) => {
      if (result === "acked") return;
      setSending(false);
      // A refusal leaves the id free, and nothing is on its way any more; the turn may have been closed meanwhile.
      const isKept = loadDraft(kept, interview, turn).sentAs === sent.sentAs;
      if (result === "refused" && isKept) keep({ ...sent, sentAs: null });
    });
  };

  // It was on its way when the page was reloaded: sent again, it takes effect once.
  const begun = useRef(false);
  useEffect(() => {
    if (!begun.current && draft.sentAs !== null && isLegal(view, "answer.submit")) send();
    begun.current = true;
  });

  return { turn, text: draft.text, own, sending, write, add, send };
}

function withoutHeard({ text, heard }: Draft): string {
  if (heard === undefined || !text.endsWith(heard)) return text;
  return text.slice(0, text.length - heard.length).trimEnd();
}

function joined(written: string, said: string): string {
  return [written.trimEnd(), said].filter((part) => part !== "").join("\n\n");
}

function load(kept: Storage, interview: string, turn: number | null): Draft {
  return turn === null ? NO_DRAFT : loadDraft(kept, interview, turn);
}
