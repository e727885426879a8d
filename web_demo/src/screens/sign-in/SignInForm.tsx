/** Takes a token that was pasted, and has the server look at it before it counts. */
import { type RefObject, type SubmitEvent, useEffect, useId, useRef, useState } from "react";
import { problemText } from "../../app/problem.ts";
import type { Refusal } from "../../app/sign-in.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Button } from "../../parts/Button.tsx";

interface Props {
  /** The server has taken that token. */
  onChecked: (token: string) => void;
  /** A second way out, where there is one. */
  onLater?: () => void;
}

export function SignInForm({ onChecked, onLater }: Props) {
  const text = useText();
  const { signIn } = useSurroundings();
  const field = useRef<HTMLInputElement>(null);
  const errorId = useId();
  const [pasted, setPasted] = useState("");
  const [checking, setChecking] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);
  const check = async () => {
    if (checking) return;
    setChecking(true);
    setRefusal(null);
    const checked = await signIn.check(pasted);
    setChecking(false);
    if ("token" in checked) {
      onChecked(checked.token);
      return;
    }
    setRefusal(checked.refusal);
    field.current?.focus();
    field.current?.select();
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void check();
  };
  return (
    <form onSubmit={submit} noValidate className="mt-6">
      <TokenField
        field={field}
        value={pasted}
        onChange={setPasted}
        invalid={refusal !== null && refusal.why !== "unchecked"}
        errorId={errorId}
      />
      <div role="alert" id={errorId} className="mt-2 text-sm text-danger">
        {refusal !== null && <RefusalText refusal={refusal} />}
      </div>
      <p className="mt-5 text-sm text-soft">
        {text.signIn.toTry}{" "}
        <code
          translate="no"
          className="rounded-sm bg-tint px-1.5 py-0.5 font-mono text-xs whitespace-nowrap text-ink"
        >
          viva token --sub NAME
        </code>
      </p>
      <div className="mt-6 flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={checking} className="min-h-12 px-7 text-base">
          {checking ? text.signIn.checking : text.signIn.submit}
        </Button>
        {onLater !== undefined && (
          <Button look="quiet" onClick={onLater}>
            {text.signIn.later}
          </Button>
        )}
      </div>
    </form>
  );
}

function RefusalText({ refusal }: { refusal: Refusal }) {
  const text = useText();
  return (
    <p>
      {refusalText(refusal, text)}
      {refusal.code !== null && <span className="text-soft"> ({refusal.code})</span>}
    </p>
  );
}

function refusalText({ why, code, message }: Refusal, text: Catalogue): string {
  if (why === "unchecked") return problemText({ code: code ?? "", message }, text);
  return text.signIn[why];
}

interface FieldProps {
  field: RefObject<HTMLInputElement | null>;
  value: string;
  onChange: (value: string) => void;
  invalid: boolean;
  errorId: string;
}

/** A token is shown only when asked for: whoever sees it over a shoulder, or on a shared screen, could use it. */
function TokenField({ field, value, onChange, invalid, errorId }: FieldProps) {
  const text = useText();
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <>
      <label htmlFor={id} className="text-sm font-semibold">
        {text.signIn.token}
      </label>
      <div
        className={`mt-2 flex overflow-clip rounded-lg border bg-sheet focus-within:ring-1 ${invalid ? "border-danger focus-within:ring-danger" : "border-edge focus-within:border-ink focus-within:ring-ink"}`}
      >
        <input
          ref={field}
          id={id}
          type={shown ? "text" : "password"}
          className="min-h-12 min-w-0 flex-1 bg-transparent px-4 font-mono text-sm outline-none"
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          aria-required
          aria-invalid={invalid}
          aria-describedby={`${errorId} ${id}-kept`}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
        <button
          type="button"
          aria-label={shown ? text.signIn.hideToken : text.signIn.showToken}
          className="shrink-0 px-4 text-sm text-soft hover:text-ink focus-visible:-outline-offset-2"
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? text.signIn.hide : text.signIn.show}
        </button>
      </div>
      <p id={`${id}-kept`} className="mt-2 text-xs text-soft">
        {text.signIn.kept}
      </p>
    </>
  );
}
