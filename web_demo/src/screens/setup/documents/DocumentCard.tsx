/** The document that the next interview is led by, with what was read from it. */
import type { ReactNode } from "react";
import type { UploadedDocument } from "../../../client/documents.ts";
import type { Catalogue } from "../../../i18n/catalogue.ts";
import { useText } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";
import { FileIcon, TrashIcon } from "../../../parts/icons.tsx";
import { ProfileView } from "./ProfileView.tsx";
import { ReadText } from "./ReadText.tsx";

interface Props {
  document: UploadedDocument;
  /** Whether it has only just been read: what was read is shown at once. */
  fresh: boolean;
  onLeaveOut: () => void;
  onDelete: () => void;
  /** What takes another in its place. */
  replace: ReactNode;
}

export function DocumentCard({ document, fresh, onLeaveOut, onDelete, replace }: Props) {
  const text = useText();
  const { name, kind, profile } = document;
  return (
    <div className="rounded-2xl border border-ink bg-sheet ring-1 ring-ink">
      <div className="flex items-start gap-3 px-4 pt-3.5">
        <span className="pt-1">
          <FileIcon />
        </span>
        <div className="min-w-0 flex-1">
          <p translate="no" className="text-sm font-semibold">
            {name}
          </p>
          <p className="text-xs text-soft tabular-nums">{about(document, text)}</p>
        </div>
      </div>
      <div className="flex flex-wrap items-center px-1.5">
        {replace}
        <Button look="quiet" aria-label={text.documents.leaveOutNamed(name)} onClick={onLeaveOut}>
          {text.documents.leaveOut}
        </Button>
        <DeleteButton name={name} onDelete={onDelete} />
      </div>
      <details open={fresh} className="group border-t border-line px-4 py-1">
        <summary className="flex min-h-11 list-none items-center gap-4 rounded-sm text-sm text-soft hover:text-ink [&::-webkit-details-marker]:hidden">
          <h3 className="flex-1">{text.documents.profile}</h3>
          <span aria-hidden="true" className="transition-transform group-open:rotate-45">
            +
          </span>
        </summary>
        <div className="space-y-3 pt-1 pb-4">
          <ProfileView profile={profile} kind={kind} />
          <ReadText document={document} />
        </div>
      </details>
    </div>
  );
}

export function DeleteButton({ name, onDelete }: { name: string; onDelete: () => void }) {
  const text = useText();
  return (
    <button
      type="button"
      aria-label={text.documents.deleteNamed(name)}
      className="flex size-11 shrink-0 items-center justify-center rounded-lg text-soft transition-colors hover:bg-tint hover:text-danger"
      onClick={onDelete}
    >
      <TrashIcon />
    </button>
  );
}

/** Its type and its length, in a few words. */
function about({ media_type, chars }: UploadedDocument, text: Catalogue): string {
  const { mediaTypes, characters } = text.documents;
  const type = MEDIA_TYPES[media_type];
  return [type === undefined ? null : mediaTypes[type], characters(chars)]
    .filter((part) => part !== null)
    .join(" · ");
}

const MEDIA_TYPES: Partial<Record<string, keyof Catalogue["documents"]["mediaTypes"]>> = {
  "application/pdf": "pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "text/plain": "text",
  "text/markdown": "markdown",
};
