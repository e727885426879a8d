/** Files that are dropped on an element, or pasted while the focus is in it. */
import { type RefObject, useEffect, useRef, useState } from "react";

/** Whether files are being dragged over it. */
export function useFileDrop(
  target: RefObject<HTMLElement | null>,
  onFiles: (files: readonly File[]) => void,
): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  });
  useEffect(() => {
    const element = target.current;
    if (element === null) return;
    const onDragOver = (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      // It may only have gone on to a part of the element.
      if (!(event.relatedTarget instanceof Node && element.contains(event.relatedTarget))) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      take.current(Array.from(event.dataTransfer?.files ?? []));
    };
    const onPaste = (event: ClipboardEvent) => {
      const files = Array.from(event.clipboardData?.files ?? []);
      // What is copied out of a word processor comes as text and as a picture of it: into a field goes the text.
      const isText = event.target instanceof HTMLTextAreaElement;
      if (files.length === 0 || isText) return;
      event.preventDefault();
      take.current(files);
    };
    const listeners = { dragenter: onDragOver, dragover: onDragOver, dragleave: onDragLeave, drop: onDrop };
    const kinds = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][];
    for (const [kind, listener] of kinds) element.addEventListener(kind, listener);
    element.addEventListener("paste", onPaste);
    return () => {
      for (const [kind, listener] of kinds) element.removeEventListener(kind, listener);
      element.removeEventListener("paste", onPaste);
    };
  }, [target]);
  return over;
}

/** A file that is dropped beside its place would be opened by the browser, in this page's stead: it isn't. */
export function useNoDropElsewhere(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      if (event.defaultPrevented || !holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "none";
    };
    addEventListener("dragover", refuse);
    addEventListener("drop", refuse);
    return () => {
      removeEventListener("dragover", refuse);
      removeEventListener("drop", refuse);
    };
  }, []);
}

function holdsFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") === true;
}
