/** A document on its way, and being read. */
import { useAnnounced } from "../../../app/announcer.tsx";
import { useSignIn } from "../../../app/useSignIn.ts";
import { useText } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";

interface Props {
  name: string;
  /** From 0 to 1; null: all of it is sent, and it is being read. */
  sent: number | null;
  onStop: () => void;
}

export function UploadProgress({ name, sent, onStop }: Props) {
  const { documents } = useText();
  const isWaiting = useSignIn().status === "expired";
  const doing = isWaiting ? documents.waitingForSignIn : documents.reading;
  const said = sent === null || isWaiting ? doing : documents.sending(name);
  useAnnounced(said);
  const percent = sent === null ? null : Math.round(sent * 100);
  return (
    <div className="flex items-center gap-4 rounded-2xl border border-line bg-sheet px-4 py-3">
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-3 text-sm">
          <span className="min-w-0 flex-1 truncate">{said}</span>
          {percent !== null && <span className="text-soft tabular-nums">{percent}%</span>}
        </p>
        <div
          role="progressbar"
          aria-label={documents.sending(name)}
          aria-valuemin={0}
          aria-valuemax={100}
          {...(percent === null ? { "aria-valuetext": doing } : { "aria-valuenow": percent })}
          className="mt-2 h-1.5 overflow-hidden rounded-full bg-line"
        >
          <div
            className={`h-full rounded-full ${percent === null ? "w-full animate-breathe bg-marker" : "bg-ink transition-[width]"}`}
            style={percent === null ? {} : { width: `${percent}%` }}
          />
        </div>
      </div>
      <Button look="quiet" className="shrink-0" onClick={onStop}>
        {documents.stop}
      </Button>
    </div>
  );
}
