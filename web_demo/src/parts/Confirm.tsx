/** Asks before something that can't be undone, or that can be done in two ways. */
import type { ReactNode } from "react";
import { useText } from "../i18n/language.tsx";
import { Button } from "./Button.tsx";
import { useModal } from "./useModal.ts";

interface Props {
  title: string;
  confirm: string;
  /** Whether what is confirmed takes something away. */
  harmless?: boolean;
  onConfirm: () => void;
  /** Another way to go on. */
  other?: { label: string; onChoose: () => void };
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, confirm, harmless = false, onConfirm, other, onClose, children }: Props) {
  const text = useText();
  const { dialog, heading, close } = useModal();
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
        <Button look="secondary" onClick={close}>
          {text.cancel}
        </Button>
        {other !== undefined && (
          <Button
            look="secondary"
            onClick={() => {
              close();
              other.onChoose();
            }}
          >
            {other.label}
          </Button>
        )}
        <Button
          look={harmless ? "primary" : "danger"}
          onClick={() => {
            close();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </dialog>
  );
}
