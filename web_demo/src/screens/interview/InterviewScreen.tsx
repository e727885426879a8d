/** One interview, wherever it stands: before its first question, under way, or as a report. */
import { useEffect } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { View } from "../../client/fold.ts";
import { named } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { ReportScreen } from "../report/ReportScreen.tsx";
import { ConnectionStatus } from "./ConnectionStatus.tsx";
import { LiveScreen } from "./LiveScreen.tsx";
import { ReadyScreen } from "./ReadyScreen.tsx";
import { StoppedScreen } from "./StoppedScreen.tsx";
import { useAnnouncements } from "./useAnnouncements.ts";
import { type Session, useSession } from "./useSession.ts";
import { ReasonsContext } from "./useTold.ts";

export function InterviewScreen({ id }: { id: string }) {
  const session = useSession(id);
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
          client.start();
        }}
      />
    );
  }
  return (
    <ReasonsContext value={told.reasons}>
      {view === null ? <Connecting /> : <Stage session={session} view={view} />}
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

function Connecting() {
  const text = useText();
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 pt-10 sm:px-8">
      <p className="text-sm text-soft">{text.connection.connecting}</p>
    </main>
  );
}
