/** Something could not be loaded: why, and a button that tries again. */
import type { Problem } from "../app/problem.ts";
import { useText } from "../i18n/language.tsx";
import { Alert } from "./Alert.tsx";
import { Button } from "./Button.tsx";

export function LoadFailed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const text = useText();
  return (
    <div className="space-y-4">
      <Alert problem={problem} />
      <Button look="secondary" onClick={onRetry}>
        {text.retry}
      </Button>
    </div>
  );
}
