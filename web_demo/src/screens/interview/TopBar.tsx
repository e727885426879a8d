/** Where the interview stands: how far, how much time is left, and how to pause or end it. */
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import { FlagIcon, PauseIcon, PlayIcon, RulerIcon } from "../../parts/icons.tsx";
import { HowScored } from "../rubric/HowScored.tsx";
import { Countdown } from "./Countdown.tsx";
import { mainQuestions } from "./turns.ts";
import { isOffered, type Session } from "./useSession.ts";

interface Props {
  session: Session;
  view: View;
  onFinish: () => void;
}

export function TopBar({ session, view, onFinish }: Props) {
  const text = useText();
  const { timeLeft } = session.state;
  const turning = view.paused ? "interview.resume" : "interview.pause";
  const all = mainQuestions(view.config);
  const number = view.turns.at(-1)?.number ?? 0;
  return (
    <section
      aria-label={text.interview.progress}
      className="sticky top-0 z-20 border-b border-line bg-paper/95 backdrop-blur-sm"
    >
      <div className="mx-auto flex max-w-5xl items-center gap-x-4 px-5 py-2 sm:px-8">
        <div className="min-w-0 flex-1">
          <p className="text-sm font-semibold tabular-nums">{text.interview.of(Math.max(1, number), all)}</p>
          <Steps number={number} all={all} label={text.interview.progress} />
        </div>
        {timeLeft !== null && <Countdown timeLeft={timeLeft} running={!view.paused} />}
        <div className="-mr-3 flex">
          <HowScored language={view.config.language} own={view.config.competencies}>
            <RulerIcon />
            <span className="max-md:sr-only">{text.rubric.title}</span>
          </HowScored>
          <Button
            look="quiet"
            disabled={!isOffered(session, view, turning)}
            onClick={() => {
              void session.act({ type: turning });
            }}
          >
            {view.paused ? <PlayIcon /> : <PauseIcon />}
            <span className="max-sm:sr-only">
              {view.paused ? text.interview.resume : text.interview.pause}
            </span>
          </Button>
          <Button look="quiet" disabled={!isLegal(view, "interview.finish")} onClick={onFinish}>
            <FlagIcon />
            <span className="max-sm:sr-only">{text.interview.finish}</span>
          </Button>
        </div>
      </div>
    </section>
  );
}

function Steps({ number, all, label }: { number: number; all: number; label: string }) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={all}
      aria-valuenow={number}
      className="mt-1 flex max-w-72 gap-1"
    >
      {Array.from({ length: all }, (_, step) => (
        <span key={step} className={`h-1 flex-1 rounded-full ${stepLook(step + 1, number)}`} />
      ))}
    </div>
  );
}

function stepLook(step: number, number: number): string {
  if (step < number) return "bg-ink";
  return step === number ? "bg-marker" : "bg-line";
}
