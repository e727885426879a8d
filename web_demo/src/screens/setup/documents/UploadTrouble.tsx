/** Why a document wasn't taken, and what can be done about it. */
import { useText } from "../../../i18n/language.tsx";
import { type Trouble, troubleText } from "./trouble.ts";

interface Props {
  name: string;
  trouble: Trouble;
  onRetry: () => void;
  onDismiss: () => void;
}

export function UploadTrouble({ name, trouble, onRetry, onDismiss }: Props) {
  const text = useText();
  const look = "rounded-sm underline underline-offset-2";
  return (
    <div role="alert" className="mb-3 border-l-4 border-danger py-1 pl-4 text-sm text-danger">
      {name !== "" && (
        <p translate="no" className="font-semibold">
          {name}
        </p>
      )}
      <p>{troubleText(trouble, text)}</p>
      <p className="mt-1 flex gap-4">
        {trouble.mayPass && (
          <button type="button" className={look} onClick={onRetry}>
            {text.retry}
          </button>
        )}
        <button type="button" className={look} onClick={onDismiss}>
          {text.dismiss}
        </button>
      </p>
    </div>
  );
}
