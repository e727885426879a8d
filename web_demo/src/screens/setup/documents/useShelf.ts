/** The user's documents, and which of them the next interview is to be led by: at most one of each kind. */
import { useCallback, useState } from "react";
import type { Problem } from "../../../app/problem.ts";
import { useSurroundings } from "../../../app/surroundings.tsx";
import { useLoaded } from "../../../app/useLoaded.ts";
import type { DocumentKind, UploadedDocument } from "../../../client/documents.ts";
import type { ChosenDocuments } from "../choices.ts";

export interface Shelf {
  status: "loading" | "loaded" | "failed";
  problem: Problem | null;
  reload: () => void;
  /** Those of a kind, the newest first. */
  all: (kind: DocumentKind) => readonly UploadedDocument[];
  chosen: (kind: DocumentKind) => UploadedDocument | null;
  choose: (kind: DocumentKind, id: string | null) => void;
  /** Whether it was added since this screen opened. */
  isNew: (document: UploadedDocument) => boolean;
  /** Puts a new one among them, and chooses it. */
  add: (document: UploadedDocument) => void;
  /** Deletes it on the server; throws its refusal. */
  remove: (document: UploadedDocument) => Promise<void>;
}

/** `wanted`: what was chosen, here or last time; one of that may have gone meanwhile. */
export function useShelf(wanted: ChosenDocuments, choose: Shelf["choose"]): Shelf {
  const { api } = useSurroundings();
  const [listed, reload] = useLoaded(useCallback(() => api.documents(), [api]));
  // What has changed here, whatever list comes, and whenever.
  const [added, setAdded] = useState<readonly UploadedDocument[]>([]);
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());

  const before = listed.status === "loaded" ? listed.value : [];
  const documents = [...added, ...before.filter(({ id }) => !added.some((one) => one.id === id))].filter(
    ({ id }) => !removed.has(id),
  );
  const all = (kind: DocumentKind) => documents.filter((document) => document.kind === kind);
  return {
    status: listed.status,
    problem: listed.status === "failed" ? listed.problem : null,
    reload,
    all,
    chosen: (kind) => all(kind).find(({ id }) => id === wanted[kind]) ?? null,
    choose,
    isNew: (document) => added.includes(document),
    add: (document) => {
      setAdded((before) => [document, ...before]);
      choose(document.kind, document.id);
    },
    remove: async ({ id }) => {
      await api.deleteDocument(id);
      setRemoved((before) => new Set(before).add(id));
    },
  };
}
