/** Something to read in peace, above the page. */
import type { ReactNode } from "react";
import { useText } from "../i18n/language.tsx";
import { Button } from "./Button.tsx";
import { useModal } from "./useModal.ts";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, onClose, children }: Props) {
  const text = useText();
  const { dialog, heading, close } = useModal();
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      className="m-auto max-h-[min(46rem,calc(100dvh-2.5rem))] w-[min(42rem,calc(100vw-2.5rem))] animate-rise overflow-hidden rounded-2xl bg-sheet text-ink shadow-2xl open:flex open:flex-col"
      onClose={onClose}
    >
      <h2 id={heading} className="px-6 pt-6 pb-3 text-lg font-semibold sm:px-7">
        {title}
      </h2>
      <div className="min-h-0 flex-1 overflow-y-auto px-6 sm:px-7">{children}</div>
      <div className="flex justify-end border-t border-line px-6 py-4 sm:px-7">
        <Button look="secondary" onClick={close}>
          {text.close}
        </Button>
      </div>
    </dialog>
  );
}
