/** In place of the answer while the interview is paused. */
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import { PlayIcon } from "../../parts/icons.tsx";
import { isInFlight, type Session } from "./useSession.ts";

export function Paused({ session }: { session: Session }) {
  const text = useText();
  return (
    <section className="flex flex-wrap items-center justify-between gap-4 rounded-2xl border border-line bg-tint px-6 py-5">
      <div>
        <h2 className="font-semibold">{text.interview.pausedTitle}</h2>
        <p className="text-sm text-soft">{text.interview.paused}</p>
      </div>
      <Button
        disabled={isInFlight(session, "interview.resume")}
        onClick={() => {
          void session.act({ type: "interview.resume" });
        }}
      >
        <PlayIcon />
        {text.interview.resume}
      </Button>
    </section>
  );
}
