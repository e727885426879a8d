/** The page's hold on one interview: what is known of it, and what can be done to it. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { type Problem, problemIn, problemOfUnsent } from "../../app/problem.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { CoreState, KeptAnswer } from "../../client/core.ts";
import type { View } from "../../client/fold.ts";
import type { Outcome } from "../../client/in-flight.ts";
import { type CommandType, isLegal } from "../../client/phases.ts";
import type { CommandBody, InterviewClient } from "../../client/networked/interview-client.ts";
import type { Found } from "../../microphone/keep.ts";
import { Keeping } from "../../microphone/keeping.ts";
import { type Told, useTold } from "./useTold.ts";

const NOT_FOUND = 4404;

/** Sends a command and tells how that ended, also where it wasn't even sent. A refusal is shown. Never rejects. */
export type Act = (body: CommandBody, id?: string) => Promise<Outcome["result"]>;

export interface Session {
  client: InterviewClient;
  state: CoreState;
  told: Told;
  /** Keeps what is being spoken; null until what was kept has been looked for. */
  keeping: Keeping | null;
  /** Whether what was kept couldn't be read: an answer that is open may be there all the same. */
  unread: boolean;
  act: Act;
  problem: Problem | null;
  dismiss: () => void;
}

/** Whether a command of that type has had no outcome yet. */
export function isInFlight({ state }: Session, type: CommandType): boolean {
  return state.inFlight.some((command) => command.type === type);
}

/** Whether a command of that type can be asked for now. */
export function isOffered(session: Session, view: View, type: CommandType): boolean {
  return isLegal(view, type) && !isInFlight(session, type);
}

/** What a client that was stopped has of an answer. */
export function leftOf(client: InterviewClient): KeptAnswer | null {
  const { spoken } = client.state;
  return spoken === null ? null : { ...spoken, audio: client.recording(0, Infinity) };
}

/** What to go on with: another tab may have gone on with it, or nothing may have been kept. */
function newer(kept: KeptAnswer | null, left: KeptAnswer | null): KeptAnswer | null {
  if (kept === null || left === null) return kept ?? left;
  return kept.start.id === left.start.id && left.audio.length > kept.audio.length ? left : kept;
}

/** `left`: what a client before this one had of an answer. */
export function useSession(id: string, left: KeptAnswer | null): Session {
  const { openInterview, recordings } = useSurroundings();
  const [client] = useState(() => openInterview(id));
  const state = useSyncExternalStore(
    useCallback((listener) => client.subscribe(listener), [client]),
    () => client.state,
  );
  const told = useTold(client);
  const [problem, setProblem] = useState<Problem | null>(null);

  const [keeping, setKeeping] = useState<Keeping | null>(null);
  const [unread, setUnread] = useState(false);

  useEffect(() => {
    let wanted = true;
    const begin = (found: Found) => {
      if (!wanted) return;
      const kept = found === "unknown" ? null : found;
      const answer = newer(kept, left);
      // Before the connection is opened: the server asks at once for what it lacks of an answer.
      if (answer !== null && client.state.spoken === null) client.recall(answer);
      if (found === "unknown") client.spare();
      setUnread(found === "unknown");
      setKeeping(new Keeping(client, recordings, id, kept));
      client.start();
    };
    void recordings.find(id).then(begin);
    const nudge = () => {
      if (document.visibilityState === "visible") client.nudge();
    };
    addEventListener("online", nudge);
    document.addEventListener("visibilitychange", nudge);
    return () => {
      wanted = false;
      removeEventListener("online", nudge);
      document.removeEventListener("visibilitychange", nudge);
      client.leave();
    };
  }, [client, recordings, id, left]);
  useKept(keeping);
  useSweep(id, state);

  const act = useCallback<Act>(
    async (body, commandId) => {
      setProblem(null);
      let outcome: Outcome;
      try {
        outcome = await client.command(body, commandId);
      } catch (thrown) {
        setProblem(problemOfUnsent(thrown));
        return "refused";
      }
      // What was abandoned because the user left isn't worth a word.
      const left = client.state.link.status === "stopped" && outcome.result === "abandoned";
      setProblem(left ? null : problemIn(outcome));
      return outcome.result;
    },
    [client],
  );
  const dismiss = useCallback(() => {
    setProblem(null);
  }, []);
  return { client, state, told, keeping, unread, act, problem, dismiss };
}

/** Where the interview is over, or isn't there, nothing of what was said to it stays. */
function useSweep(id: string, { link, view }: CoreState): void {
  const { recordings } = useSurroundings();
  const gone = link.status === "stopped" && link.code === NOT_FOUND;
  const over = view?.phase === "reporting" || view?.phase === "finished";
  useEffect(() => {
    if (gone || over) void recordings.forget(id);
  }, [gone, over, recordings, id]);
}

/** Keeps what is spoken while the screen is there, and hurries when the page may be about to go. */
function useKept(keeping: Keeping | null): void {
  useEffect(() => {
    if (keeping === null) return;
    const end = keeping.attend();
    const flush = () => {
      keeping.flush();
    };
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    return () => {
      flush();
      end();
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
    };
  }, [keeping]);
}
