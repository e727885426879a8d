/** The documents of a kind that were uploaded before, to be used again or deleted. */
import type { UploadedDocument } from "../../../client/documents.ts";
import { useLanguage } from "../../../i18n/language.tsx";
import { Button } from "../../../parts/Button.tsx";
import { DeleteButton } from "./DocumentCard.tsx";

interface Props {
  documents: readonly UploadedDocument[];
  onUse: (document: UploadedDocument) => void;
  onDelete: (document: UploadedDocument) => void;
}

export function Earlier({ documents, onUse, onDelete }: Props) {
  const { text } = useLanguage();
  if (documents.length === 0) return null;
  return (
    <details className="mt-2">
      <summary className="w-fit list-none rounded-sm py-1 text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink [&::-webkit-details-marker]:hidden">
        {text.documents.earlier(documents.length)}
      </summary>
      <ul className="mt-1 divide-y divide-line">
        {documents.map((document) => (
          <Row key={document.id} document={document} onUse={onUse} onDelete={onDelete} />
        ))}
      </ul>
    </details>
  );
}

function Row({ document, onUse, onDelete }: Omit<Props, "documents"> & { document: UploadedDocument }) {
  const { text, language } = useLanguage();
  const { name, created_at } = document;
  const when = new Date(created_at);
  return (
    <li className="flex items-center gap-1 py-1">
      <div className="min-w-0 flex-1">
        <p translate="no" className="truncate text-sm" title={name}>
          {name}
        </p>
        <p className="text-xs text-soft tabular-nums">
          <time dateTime={when.toISOString()}>
            {when.toLocaleDateString(language, { year: "numeric", month: "short", day: "numeric" })}
          </time>
        </p>
      </div>
      <Button
        look="quiet"
        className="shrink-0"
        aria-label={text.documents.useNamed(name)}
        onClick={() => {
          onUse(document);
        }}
      >
        {text.documents.use}
      </Button>
      <DeleteButton
        name={name}
        onDelete={() => {
          onDelete(document);
        }}
      />
    </li>
  );
}
