/** Asks before something that can't be undone. A modal dialog: the browser keeps the focus in it and gives it back. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useText } from "../i18n/language.tsx";
import { Button } from "./Button.tsx";

interface Props {
  title: string;
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, confirm, onConfirm, onClose, children }: Props) {
  const text = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      className="m-auto w-[min(28rem,calc(100vw-2.5rem))] animate-rise rounded-2xl bg-sheet p-7 text-ink shadow-2xl"
      onClose={onClose}
    >
      <h2 id={heading} className="text-lg font-semibold">
        {title}
      </h2>
      <p className="mt-2 text-sm text-soft">{children}</p>
      <div className="mt-7 flex flex-wrap justify-end gap-3">
        <Button look="secondary" onClick={() => dialog.current?.close()}>
          {text.cancel}
        </Button>
        <Button
          look="danger"
          onClick={() => {
            dialog.current?.close();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </dialog>
  );
}
