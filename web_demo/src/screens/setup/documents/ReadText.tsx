/** The whole text that was read from a document, at hand in a dialog. */
import { useCallback, useState } from "react";
import { useSurroundings } from "../../../app/surroundings.tsx";
import { useLoaded } from "../../../app/useLoaded.ts";
import type { UploadedDocument } from "../../../client/documents.ts";
import { useText } from "../../../i18n/language.tsx";
import { Dialog } from "../../../parts/Dialog.tsx";
import { LoadFailed } from "../../../parts/LoadFailed.tsx";
import { languageOf } from "./language-of.ts";

export function ReadText({ document: { id, name } }: { document: UploadedDocument }) {
  const text = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-label={text.documents.wholeTextNamed(name)}
        className="w-fit rounded-sm py-1 text-left text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink"
        onClick={() => {
          setOpen(true);
        }}
      >
        {text.documents.wholeText}
      </button>
      {open && (
        <Dialog
          title={text.documents.wholeTextNamed(name)}
          onClose={() => {
            setOpen(false);
          }}
        >
          <Loaded id={id} />
        </Dialog>
      )}
    </>
  );
}

function Loaded({ id }: { id: string }) {
  const text = useText();
  const { api } = useSurroundings();
  const [read, readAgain] = useLoaded(useCallback(() => api.documentText(id), [api, id]));
  if (read.status === "loading") return <p className="pb-6 text-sm text-soft">{text.loading}</p>;
  if (read.status === "failed") {
    return (
      <div className="pb-6">
        <LoadFailed problem={read.problem} onRetry={readAgain} />
      </div>
    );
  }
  return (
    <p lang={languageOf(read.value)} className="pb-6 text-sm break-words whitespace-pre-wrap">
      {read.value}
    </p>
  );
}
