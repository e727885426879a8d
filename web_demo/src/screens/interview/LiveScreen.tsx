/** The interview under way: what has been said, and the place to answer. */
import { useRef, useState } from "react";
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import { named } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button } from "../../parts/Button.tsx";
import { Confirm } from "../../parts/Confirm.tsx";
import { DownIcon } from "../../parts/icons.tsx";
import { Composer } from "./Composer.tsx";
import { FailedNote } from "./FailedNote.tsx";
import { NoticeLine } from "./NoticeLine.tsx";
import { Paused } from "./Paused.tsx";
import { Rail } from "./Rail.tsx";
import { TopBar } from "./TopBar.tsx";
import { Transcript } from "./Transcript.tsx";
import type { Session } from "./useSession.ts";
import { useStayAtEnd } from "./useStayAtEnd.ts";

export function LiveScreen({ session, view }: { session: Session; view: View }) {
  const text = useText();
  const { act } = session;
  const [finishing, setFinishing] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  const [away, toEnd] = useStayAtEnd(content);
  return (
    <>
      <TopBar
        session={session}
        view={view}
        onFinish={() => {
          setFinishing(true);
        }}
      />
      <div className="mx-auto grid max-w-5xl gap-x-14 px-5 sm:px-8 lg:grid-cols-[13rem_minmax(0,1fr)]">
        <Rail view={view} />
        <main
          id="main"
          tabIndex={-1}
          ref={content}
          className="flex min-h-[calc(100dvh-9rem)] max-w-2xl min-w-0 flex-col"
        >
          <h1 className="sr-only">{text.interview.title(named(text.roles, view.config.role))}</h1>
          <Transcript view={view} act={act} />
          <div className="sticky bottom-(--notice) z-10 mt-auto bg-paper pt-3 pb-5">
            {away && (
              <Button
                look="primary"
                className="absolute -top-10 left-1/2 -translate-x-1/2 animate-rise rounded-full! shadow-lg"
                onClick={toEnd}
              >
                <DownIcon />
                {text.interview.newQuestion}
              </Button>
            )}
            <NoticeLine told={session.told} lang={view.config.language} />
            <Alert problem={session.problem} onDismiss={session.dismiss} />
            <FailedNote view={view} act={act} />
            {view.paused ? <Paused session={session} /> : <Composer session={session} view={view} />}
          </div>
        </main>
      </div>
      {finishing && isLegal(view, "interview.finish") && (
        <Confirm
          title={text.interview.finishTitle}
          confirm={text.interview.finish}
          onClose={() => {
            setFinishing(false);
          }}
          onConfirm={() => {
            void act({ type: "interview.finish" });
          }}
        >
          {text.interview.finishConfirm}
        </Confirm>
      )}
    </>
  );
}
