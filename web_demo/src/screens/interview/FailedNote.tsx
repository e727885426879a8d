/** A question or a report that couldn't be made holds the interview; another try is the user's to ask for. */
import type { View } from "../../client/fold.ts";
import { isLegal } from "../../client/phases.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";
import type { Act } from "./useSession.ts";

export function FailedNote({ view, act }: { view: View; act: Act }) {
  const text = useText();
  if (view.failed === null) return null;
  return (
    <div
      role="alert"
      className="mb-4 flex flex-wrap items-center justify-between gap-4 border-l-4 border-danger py-2 pl-4 text-sm"
    >
      <div>
        <p className="font-semibold">
          {view.failed.what === "report" ? text.interview.failedReport : text.interview.failedQuestion}
        </p>
        <p className="text-soft">{view.failed.message}</p>
      </div>
      {isLegal(view, "generation.retry") && (
        <Button
          look="secondary"
          onClick={() => {
            void act({ type: "generation.retry" });
          }}
        >
          {text.retry}
        </Button>
      )}
    </div>
  );
}
