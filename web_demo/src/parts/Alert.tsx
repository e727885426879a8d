/** Something went wrong: said at once, and gone when dismissed. */
import { type Problem, problemText } from "../app/problem.ts";
import { useText } from "../i18n/language.tsx";

interface Props {
  problem: Problem | null;
  onDismiss?: () => void;
}

export function Alert({ problem, onDismiss }: Props) {
  const text = useText();
  return (
    <div role="alert">
      {problem !== null && (
        <div className="flex items-start justify-between gap-4 border-l-4 border-danger py-2 pl-4 text-sm text-danger">
          <p>{problemText(problem, text)}</p>
          {onDismiss !== undefined && (
            <button type="button" className="shrink-0 rounded-sm underline" onClick={onDismiss}>
              {text.dismiss}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
