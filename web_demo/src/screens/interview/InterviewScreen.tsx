/** One interview, wherever it stands: before its first question, under way, or as a report. */
import { useEffect, useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useLasting } from "../../app/useLasting.ts";
import type { KeptAnswer } from "../../client/core.ts";
import type { View } from "../../client/fold.ts";
import type { InterviewClient } from "../../client/networked/interview-client.ts";
import { named } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { ReportScreen } from "../report/ReportScreen.tsx";
import { ConnectionStatus } from "./ConnectionStatus.tsx";
import { LiveScreen } from "./LiveScreen.tsx";
import { ReadyScreen } from "./ReadyScreen.tsx";
import { StoppedScreen } from "./StoppedScreen.tsx";
import { useAnnouncements } from "./useAnnouncements.ts";
import { leftOf, type Session, useSession } from "./useSession.ts";
import { ReasonsContext } from "./useTold.ts";

const SLOW_MS = 1_000;

/**
 * Taken back from another window it begins anew, as after a reload: what the stopped client had sent has had its outcome
 * there, and another tab may have gone on with what was being said.
 */
export function InterviewScreen({ id }: { id: string }) {
  const [{ sitting, left }, setSitting] = useState<{ sitting: number; left: KeptAnswer | null }>({
    sitting: 0,
    left: null,
  });
  const takeBack = (client: InterviewClient) => {
    setSitting({ sitting: sitting + 1, left: leftOf(client) });
  };
  return <Sitting key={sitting} id={id} left={left} onTakeBack={takeBack} />;
}

interface Props {
  id: string;
  left: KeptAnswer | null;
  onTakeBack: (client: InterviewClient) => void;
}

function Sitting({ id, left, onTakeBack }: Props) {
  const session = useSession(id, left);
  const { client, state, told } = session;
  useAnnouncements(client);
  const text = useText();
  const role = state.view?.config.role;
  useEffect(() => {
    document.title = role === undefined ? "viva" : `${text.interview.title(named(text.roles, role))} · viva`;
  }, [role, text]);

  useRestartWhenSignedIn(session);
  const { link, view } = state;
  if (link.status === "stopped" && link.action === "stop") {
    return (
      <StoppedScreen
        stopped={link}
        onContinue={() => {
          onTakeBack(client);
        }}
      />
    );
  }
  return (
    <ReasonsContext value={told.reasons}>
      {view === null ? (
        <Connecting looking={session.keeping === null} />
      ) : (
        <Stage session={session} view={view} />
      )}
      <ConnectionStatus
        link={link}
        onTryNow={() => {
          client.nudge();
        }}
      />
    </ReasonsContext>
  );
}

/** The client had no token that the server takes: it begins again as soon as there is one. */
function useRestartWhenSignedIn({ client, state }: Session): void {
  const { signIn } = useSurroundings();
  const stopped = state.link.status === "stopped" && state.link.action === "renew_token";
  useEffect(() => {
    if (!stopped) return;
    let wanted = true;
    void signIn.renewed(signIn.token).then((token) => {
      if (token !== null && wanted) client.start();
    });
    return () => {
      wanted = false;
    };
  }, [stopped, signIn, client]);
}

function Stage({ session, view }: { session: Session; view: View }) {
  if (view.phase === "created") return <ReadyScreen session={session} view={view} />;
  if (view.phase === "reporting" || view.phase === "finished")
    return <ReportScreen session={session} view={view} />;
  return <LiveScreen session={session} view={view} />;
}

/** `looking`: for what was recorded; most disks answer before one could read that. */
function Connecting({ looking }: { looking: boolean }) {
  const text = useText();
  const slow = useLasting(looking, SLOW_MS);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-10 sm:px-8">
      <p role="status" className="text-sm text-soft">
        {slow ? text.voice.looking : text.connection.connecting}
      </p>
    </main>
  );
}
