/** All that the next interview can be led by: documents, and the pasted text of a job description. */
import { useState } from "react";
import { useAnnounce } from "../../../app/announcer.tsx";
import { DOCUMENT_KINDS, type DocumentKind, type UploadedDocument } from "../../../client/documents.ts";
import { useText } from "../../../i18n/language.tsx";
import { type ChosenDocuments, type Material, MOST_DESCRIPTION_CHARS } from "../choices.ts";
import { useNoDropElsewhere } from "./useFileDrop.ts";
import { type Shelf, useShelf } from "./useShelf.ts";
import { type Upload, useUpload } from "./useUpload.ts";

export interface Documents {
  shelf: Shelf;
  uploads: Record<DocumentKind, Upload>;
  jobDescription: string;
  describeJob: (text: string) => void;
  /** How many characters more the job description may have; less than none: it is too long. */
  left: number;
  material: Material;
  /** Something is being sent or read. */
  isUploading: boolean;
  /** All that was asked for is there, and none of it is too long. */
  isReady: boolean;
}

export function useDocuments(wanted: ChosenDocuments, choose: Shelf["choose"]): Documents {
  const { documents } = useText();
  const announce = useAnnounce();
  const shelf = useShelf(wanted, choose);
  const [jobDescription, describeJob] = useState("");
  const onRead = (document: UploadedDocument) => {
    shelf.add(document);
    announce(documents.read(document.name));
  };
  const uploads = {
    resume: useUpload("resume", onRead),
    job_description: useUpload("job_description", onRead),
  };
  useNoDropElsewhere();
  const chosen = DOCUMENT_KINDS.map((kind) => shelf.chosen(kind)).filter((document) => document !== null);
  const isAwaited = shelf.status === "loading" && DOCUMENT_KINDS.some((kind) => wanted[kind] !== null);
  const isUploading = Object.values(uploads).some(
    ({ state }) => state.status === "sending" || state.status === "reading",
  );
  const left = MOST_DESCRIPTION_CHARS - Array.from(jobDescription.trim()).length;
  return {
    shelf,
    uploads,
    jobDescription,
    describeJob,
    left,
    material: { documents: chosen, jobDescription },
    isUploading,
    isReady: !isAwaited && !isUploading && left >= 0,
  };
}
