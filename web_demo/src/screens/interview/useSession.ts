/** The page's hold on one interview: what is known of it, and what can be done to it. */
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { type Problem, problemIn, problemOfUnsent } from "../../app/problem.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { CoreState } from "../../client/core.ts";
import type { View } from "../../client/fold.ts";
import type { Outcome } from "../../client/in-flight.ts";
import { type CommandType, isLegal } from "../../client/phases.ts";
import type { CommandBody, InterviewClient } from "../../client/networked/interview-client.ts";
import { type Told, useTold } from "./useTold.ts";

/** Sends a command and tells how that ended, also where it wasn't even sent. A refusal is shown. Never rejects. */
export type Act = (body: CommandBody, id?: string) => Promise<Outcome["result"]>;

export interface Session {
  client: InterviewClient;
  state: CoreState;
  told: Told;
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

export function useSession(id: string): Session {
  const { openInterview } = useSurroundings();
  const [client] = useState(() => openInterview(id));
  const state = useSyncExternalStore(
    useCallback((listener) => client.subscribe(listener), [client]),
    () => client.state,
  );
  const told = useTold(client);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    client.start();
    const nudge = () => {
      if (document.visibilityState === "visible") client.nudge();
    };
    addEventListener("online", nudge);
    document.addEventListener("visibilitychange", nudge);
    return () => {
      removeEventListener("online", nudge);
      document.removeEventListener("visibilitychange", nudge);
      client.leave();
    };
  }, [client]);

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
  return { client, state, told, act, problem, dismiss };
}
