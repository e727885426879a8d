/** The moment before the first question: nothing runs yet. */
import type { View } from "../../client/fold.ts";
import { named } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button } from "../../parts/Button.tsx";
import { ArrowIcon } from "../../parts/icons.tsx";
import { HowScored } from "../rubric/HowScored.tsx";
import { mainQuestions } from "./turns.ts";
import { isInFlight, type Session } from "./useSession.ts";
import { MicrophoneCheck } from "./voice/MicrophoneCheck.tsx";

export function ReadyScreen({ session, view }: { session: Session; view: View }) {
  const text = useText();
  const { config } = view;
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-5 py-[9vh] sm:px-8">
      <p className="text-sm text-soft">{text.interview.title(named(text.roles, config.role))}</p>
      <h1 className="mt-2 text-2xl font-bold">{text.interview.readyTitle}</h1>
      <ul className="mt-8 max-w-2xl space-y-3">
        <li>{text.interview.ready(mainQuestions(config))}</li>
        {config.time_limit_s !== null && (
          <li>{text.interview.readyLimit(Math.round(config.time_limit_s / 60))}</li>
        )}
        <li>{text.interview.readyKept}</li>
      </ul>
      <div className="mt-6">
        <HowScored language={config.language} own={config.competencies} />
      </div>
      <Speaking session={session} />
      <div className="mt-10 space-y-4">
        <Alert problem={session.problem} onDismiss={session.dismiss} />
        <Button
          className="min-h-12 px-7 text-base"
          disabled={isInFlight(session, "interview.start")}
          onClick={() => {
            void session.act({ type: "interview.start" });
          }}
        >
          {text.interview.begin}
          <ArrowIcon />
        </Button>
      </div>
    </main>
  );
}

/** What there is to prepare for answers by voice, or why there are none. */
function Speaking({ session }: { session: Session }) {
  const text = useText();
  const { capabilities } = session.state;
  if (capabilities === null) return null;
  const { voice, voice_unavailable: reason } = capabilities;
  return (
    <div className="mt-6">
      {voice ? (
        <MicrophoneCheck />
      ) : (
        <p className="text-sm text-soft">
          {text.voice.unavailable}
          {/* The server's sentence, for whoever runs it. */}
          {reason !== null && <span lang="en"> ({reason})</span>}
        </p>
      )}
    </div>
  );
}
