/**
 * What the server has said of an interview that its view doesn't hold: what it has to say to people (`notice`), and why
 * an answer wasn't scored. Held above the screens, so that the report still has what was said before it.
 */
import { createContext, use, useCallback, useEffect, useState } from "react";
import type { InterviewClient } from "../../client/networked/interview-client.ts";

export interface Told {
  /** The newest notice, until it is dismissed or the candidate has gone on: has answered, or skipped. */
  notice: string | null;
  dismissNotice: () => void;
  reasons: Reasons;
}

/** Why there are no scores, by turn and lane. */
type Reasons = ReadonlyMap<string, string>;

const keyOf = (turn: number, lane: number) => `${turn}.${lane}`;

export function useTold(client: InterviewClient): Told {
  const [notice, setNotice] = useState<string | null>(null);
  const [reasons, setReasons] = useState<Reasons>(new Map());
  useEffect(
    () =>
      client.onMessage((message) => {
        if (message.type === "notice") setNotice(message.message);
        if (message.type === "answer.accepted" || message.type === "answer.skipped") setNotice(null);
        if (message.type === "feedback.scored" && message.reason !== null) {
          const { turn, lane, reason } = message;
          setReasons((before) => new Map(before).set(keyOf(turn, lane), reason));
        }
      }),
    [client],
  );
  const dismissNotice = useCallback(() => {
    setNotice(null);
  }, []);
  return { notice, dismissNotice, reasons };
}

export const ReasonsContext = createContext<Reasons>(new Map());

/** Tells why a lane's review of a turn has no scores, or null where nobody has said. */
export function useReasons(): (turn: number, lane: number) => string | null {
  const reasons = use(ReasonsContext);
  return (turn, lane) => reasons.get(keyOf(turn, lane)) ?? null;
}
