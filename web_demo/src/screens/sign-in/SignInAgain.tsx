/**
 * The token has run out while something was open: asked for in a dialog above it, so that nothing below is lost. Put
 * off, it stays at hand; so it comes to whoever is writing, because a dialog would take their keys and cut the syllable
 * that is being composed.
 */
import { useEffect, useId, useRef, useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import { useText } from "../../i18n/language.tsx";
import { SignInForm } from "./SignInForm.tsx";

export function SignInAgain({ user }: { user: string | null }) {
  const [written] = useState(fieldInUse);
  const [asking, setAsking] = useState(written === null);
  if (asking) {
    return (
      <SignInDialog
        user={user}
        onClose={() => {
          setAsking(false);
        }}
      />
    );
  }
  return (
    <SignInLater
      onSignIn={() => {
        // The browser gives the focus back to where it was when the dialog opened.
        written?.focus({ preventScroll: true });
        setAsking(true);
      }}
    />
  );
}

/** Stays until somebody has signed in, so it has a place of its own at the bottom (`data-notice`). */
function SignInLater({ onSignIn }: { onSignIn: () => void }) {
  const text = useText();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Where the dialog was asked for here, what had the focus was gone when it closed.
    if (document.activeElement === document.body) button.current?.focus();
  }, []);
  return (
    <div
      role="status"
      data-notice
      className="fixed inset-x-4 bottom-4 z-50 mx-auto flex w-fit max-w-full animate-rise items-center gap-3 rounded-full bg-ink px-5 py-2.5 text-sm text-paper shadow-lg print:hidden"
    >
      <span>{text.signIn.ranOut}</span>
      <button
        ref={button}
        type="button"
        className="shrink-0 rounded-sm font-semibold underline"
        onClick={onSignIn}
      >
        {text.signIn.submit}
      </button>
    </div>
  );
}

function SignInDialog({ user, onClose }: { user: string | null; onClose: () => void }) {
  const text = useText();
  const { signIn } = useSurroundings();
  const dialog = useRef<HTMLDialogElement>(null);
  const checked = useRef<string | null>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      aria-describedby={`${id}-why`}
      className="m-auto w-[min(32rem,calc(100vw-2.5rem))] animate-rise rounded-2xl bg-sheet p-7 text-ink shadow-2xl"
      onClose={() => {
        restoreCaret();
        if (checked.current === null) onClose();
        else signIn.accept(checked.current);
      }}
    >
      <h2 id={id} className="text-lg font-semibold">
        {text.signIn.againTitle}
      </h2>
      <p id={`${id}-why`} className="mt-2 text-sm text-soft">
        {user === null ? text.signIn.again : text.signIn.againAs(user)}
      </p>
      <SignInForm
        onChecked={(token) => {
          // It is closed before it is gone, so that the browser gives the focus back to where it was.
          checked.current = token;
          dialog.current?.close();
        }}
        onLater={() => {
          dialog.current?.close();
        }}
      />
    </dialog>
  );
}

/** The field that is being written in, or null. */
function fieldInUse(): HTMLElement | null {
  const focused = document.activeElement;
  const isField =
    focused instanceof HTMLTextAreaElement ||
    (focused instanceof HTMLInputElement && focused.type !== "radio");
  return isField && !focused.readOnly ? focused : null;
}

/** Chromium gives a field its focus back without its caret: what is typed would go nowhere until a click. */
function restoreCaret(): void {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLTextAreaElement || focused instanceof HTMLInputElement)) return;
  focused.blur();
  focused.focus({ preventScroll: true });
}
