/** Where a document is to be brought, while there is none. */
import { useId } from "react";
import type { DocumentKind } from "../../../client/documents.ts";
import { useText } from "../../../i18n/language.tsx";
import { FileIcon } from "../../../parts/icons.tsx";
import { MOST_MEGABYTES } from "./acceptable.ts";
import { ChooseFile } from "./ChooseFile.tsx";

interface Props {
  kind: DocumentKind;
  onFiles: (files: readonly File[]) => void;
}

export function DropZone({ kind, onFiles }: Props) {
  const { documents } = useText();
  const id = useId();
  return (
    <div className="rounded-2xl border border-dashed border-edge px-4 py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <ChooseFile look="secondary" describedBy={id} onFiles={onFiles}>
          <FileIcon />
          {documents.choose[kind]}
        </ChooseFile>
        <span aria-hidden="true" className="text-sm text-soft pointer-coarse:hidden">
          {documents.drop}
        </span>
      </div>
      <p id={id} className="mt-2 text-xs text-soft">
        {documents.accepted(MOST_MEGABYTES)}
      </p>
    </div>
  );
}
