/** A modal dialog that is open as long as it is there: the browser keeps the focus in it and gives it back. */
import { useEffect, useId, useRef } from "react";

export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return { dialog, heading, close: () => dialog.current?.close() };
}
