/**
 * One document to lead the interview by: to be dropped, chosen or pasted here, sent and read, shown, put in the place of
 * another, left out, deleted. The whole field takes a file, whatever stands in it.
 */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useAnnounce } from "../../../app/announcer.tsx";
import { type Problem, problemOf } from "../../../app/problem.ts";
import type { DocumentKind, UploadedDocument } from "../../../client/documents.ts";
import { useText } from "../../../i18n/language.tsx";
import { Alert } from "../../../parts/Alert.tsx";
import { Confirm } from "../../../parts/Confirm.tsx";
import { ChooseFile } from "./ChooseFile.tsx";
import { DocumentCard } from "./DocumentCard.tsx";
import { DropZone } from "./DropZone.tsx";
import { Earlier } from "./Earlier.tsx";
import { UploadProgress } from "./UploadProgress.tsx";
import { UploadTrouble } from "./UploadTrouble.tsx";
import { useFileDrop } from "./useFileDrop.ts";
import type { Shelf } from "./useShelf.ts";
import type { Upload } from "./useUpload.ts";

interface Props {
  kind: DocumentKind;
  shelf: Shelf;
  upload: Upload;
  /** What else can be given here. */
  children?: ReactNode;
}

export function DocumentField({ kind, shelf, upload, children }: Props) {
  const { documents } = useText();
  const id = useId();
  const field = useRef<HTMLDivElement>(null);
  const [doomed, setDoomed] = useState<UploadedDocument | null>(null);
  const isOver = useFileDrop(field, upload.take);
  const { remove, problem } = useRemove(shelf);
  const chosen = shelf.chosen(kind);
  useKeepFocus(field, `${upload.state.status} ${chosen?.id ?? ""} ${shelf.all(kind).length}`);
  return (
    <div
      ref={field}
      role="group"
      tabIndex={-1}
      aria-labelledby={id}
      className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-2.5 sm:grid-cols-[9rem_minmax(0,1fr)]"
    >
      <div className="text-sm font-semibold sm:pt-2.5">
        <span id={id}>{documents.kinds[kind]}</span>
        <span className="block text-xs font-normal text-soft">{documents.optional}</span>
      </div>
      <div className={isOver ? "rounded-2xl outline-2 outline-offset-4 outline-focus" : ""}>
        <Alert problem={problem} />
        <Stage kind={kind} shelf={shelf} upload={upload} onDelete={setDoomed} />
        <Earlier
          documents={shelf.all(kind).filter((document) => document !== chosen)}
          onUse={(document) => {
            upload.clear();
            shelf.choose(kind, document.id);
          }}
          onDelete={setDoomed}
        />
        {children}
      </div>
      {doomed !== null && (
        <Confirm
          title={documents.confirmTitle}
          confirm={documents.delete}
          onClose={() => {
            setDoomed(null);
          }}
          onConfirm={() => {
            remove(doomed);
          }}
        >
          {documents.confirm(doomed.name)}
        </Confirm>
      )}
    </div>
  );
}

interface StageProps {
  kind: DocumentKind;
  shelf: Shelf;
  upload: Upload;
  onDelete: (document: UploadedDocument) => void;
}

/** What is chosen or under way, or where to bring something. */
function Stage({ kind, shelf, upload, onDelete }: StageProps) {
  const { documents } = useText();
  const { state, take, retry, clear } = upload;
  const chosen = shelf.chosen(kind);
  if (state.status === "sending" || state.status === "reading") {
    const sent = state.status === "sending" ? state.sent : null;
    return <UploadProgress name={state.name} sent={sent} onStop={clear} />;
  }
  return (
    <>
      {state.status === "failed" && (
        <UploadTrouble name={state.name} trouble={state.trouble} onRetry={retry} onDismiss={clear} />
      )}
      {chosen === null ? (
        <DropZone kind={kind} onFiles={take} />
      ) : (
        <DocumentCard
          key={chosen.id}
          document={chosen}
          fresh={shelf.isNew(chosen)}
          onLeaveOut={() => {
            shelf.choose(kind, null);
          }}
          onDelete={() => {
            onDelete(chosen);
          }}
          replace={
            <ChooseFile look="quiet" label={`${documents.replace}: ${chosen.name}`} onFiles={take}>
              {documents.replace}
            </ChooseFile>
          }
        />
      )}
    </>
  );
}

function useRemove(shelf: Shelf) {
  const { documents } = useText();
  const announce = useAnnounce();
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = (document: UploadedDocument) => {
    setProblem(null);
    shelf.remove(document).then(
      () => {
        announce(documents.deleted(document.name));
      },
      (thrown: unknown) => {
        setProblem(problemOf(thrown));
      },
    );
  };
  return { remove, problem };
}

/** What had the focus goes when the field becomes another: the field itself takes it then. */
function useKeepFocus(field: { current: HTMLElement | null }, standing: string): void {
  const before = useRef(standing);
  const within = useRef(false);
  useEffect(() => {
    const element = field.current;
    const note = (event: FocusEvent) => {
      within.current = event.target instanceof Node && element?.contains(event.target) === true;
    };
    document.addEventListener("focusin", note);
    return () => {
      document.removeEventListener("focusin", note);
    };
  }, [field]);
  useEffect(() => {
    const changed = before.current !== standing;
    before.current = standing;
    if (changed && within.current && document.activeElement === document.body)
      field.current?.focus({ preventScroll: true });
  }, [field, standing]);
}
