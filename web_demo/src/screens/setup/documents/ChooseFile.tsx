/** A button that opens the browser's file chooser. */
import { type ReactNode, useRef } from "react";
import { Button } from "../../../parts/Button.tsx";
import { ACCEPT } from "./acceptable.ts";

interface Props {
  look: "secondary" | "quiet";
  label?: string;
  describedBy?: string;
  onFiles: (files: readonly File[]) => void;
  children: ReactNode;
}

export function ChooseFile({ look, label, describedBy, onFiles, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        look={look}
        aria-label={label}
        aria-describedby={describedBy}
        onClick={() => {
          input.current?.click();
        }}
      >
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept={ACCEPT}
        hidden
        onChange={({ target }) => {
          onFiles(Array.from(target.files ?? []));
          // The same file can be chosen again.
          target.value = "";
        }}
      />
    </>
  );
}
