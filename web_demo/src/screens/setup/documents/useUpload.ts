/** One file on its way to the server and being read there, or why it wasn't taken. A newer one takes its place. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useSurroundings } from "../../../app/surroundings.tsx";
import type { DocumentKind, UploadedDocument } from "../../../client/documents.ts";
import { whyNot } from "./acceptable.ts";
import { type Trouble, troubleOf, troubleWithFile } from "./trouble.ts";

export type UploadState =
  | { status: "idle" }
  /** `sent`: from 0 to 1. */
  | { status: "sending"; name: string; sent: number }
  /** All of it was sent. */
  | { status: "reading"; name: string }
  | { status: "failed"; name: string; trouble: Trouble };

export interface Upload {
  state: UploadState;
  /** Takes what was chosen, dropped or pasted. */
  take: (files: readonly File[]) => void;
  /** Sends the last file again. */
  retry: () => void;
  /** Gives it up, or puts away what was said about the last one. */
  clear: () => void;
}

const IDLE: UploadState = { status: "idle" };

export function useUpload(kind: DocumentKind, onRead: (document: UploadedDocument) => void): Upload {
  const { api } = useSurroundings();
  const [state, setState] = useState<UploadState>(IDLE);
  const underWay = useRef<AbortController | null>(null);
  const last = useRef<File | null>(null);

  const giveUp = useCallback(() => {
    underWay.current?.abort();
    underWay.current = null;
  }, []);
  useEffect(() => giveUp, [giveUp]);

  const send = async (file: File) => {
    giveUp();
    const attempt = new AbortController();
    underWay.current = attempt;
    last.current = file;
    const { name } = file;
    const become = (next: UploadState) => {
      // It was given up, or another has taken its place.
      if (underWay.current === attempt) setState(next);
    };
    become({ status: "sending", name, sent: 0 });
    const reason = await whyNot(file);
    if (reason !== null) {
      become({ status: "failed", name, trouble: troubleWithFile(reason) });
      return;
    }
    const onProgress = (sent: number) => {
      become(sent < 1 ? { status: "sending", name, sent } : { status: "reading", name });
    };
    try {
      const document = await api.upload(file, kind, { onProgress, signal: attempt.signal });
      if (underWay.current === attempt) onRead(document);
      become(IDLE);
    } catch (thrown) {
      become({ status: "failed", name, trouble: troubleOf(thrown) });
    }
  };

  const take = (files: readonly File[]) => {
    const [file, another] = files;
    if (file === undefined) return;
    if (another === undefined) void send(file);
    else {
      giveUp();
      setState({ status: "failed", name: "", trouble: troubleWithFile("several") });
    }
  };
  const retry = () => {
    if (last.current !== null) void send(last.current);
  };
  const clear = () => {
    giveUp();
    setState(IDLE);
  };
  return { state, take, retry, clear };
}
