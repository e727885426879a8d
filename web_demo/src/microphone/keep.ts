/**
 * Where the audio of an answer is kept that isn't accepted yet, so that a reload or a crash of the tab loses none of it
 * (`protocol.md` 6: a client keeps it until then), in pieces of a second. An answer is known by the id of its start: two
 * tabs may have one each of the same interview, and neither touches the other's.
 *
 * Rules: nothing here rejects; a browser that keeps nothing (private mode, a full disk) is told by `false` and "unknown".
 * What is older than a day is deleted when the page begins, and when anything is looked for.
 */
import type { AudioStart, AudioStop } from "../client/contract/types.ts";
import type { KeptAnswer } from "../client/core.ts";

/** All that is kept of an answer but its audio. */
export type AnswerHead = Omit<KeptAnswer, "audio">;

/** "unknown": it couldn't be read, so that nobody can say that there is nothing. */
export type Found = KeptAnswer | null | "unknown";

export interface Recordings {
  /** What is kept of the newest answer to an interview. It may take as long as a minute. */
  find: (interview: string) => Promise<Found>;
  /** Keeps what is known of an answer. */
  keep: (interview: string, head: AnswerHead) => Promise<boolean>;
  /** Keeps the second of its audio that has that index, or what there is of it; false too where the answer isn't kept. */
  keepPiece: (interview: string, start: AudioStart, index: number, pcm: Uint8Array) => Promise<boolean>;
  /** Deletes what is kept of an interview; with `answer`, the id of its start, of that answer alone. */
  forget: (interview: string, answer?: string) => Promise<void>;
  /** Deletes what is too old. */
  sweep: () => Promise<void>;
  forgetAll: () => Promise<void>;
}

/** Bytes of a piece that is whole: a second. */
export function pieceBytes({ sample_rate }: AudioStart): number {
  return 2 * sample_rate;
}

const DATABASE = "viva.recordings";
const VERSION = 2;
const ANSWERS = "answers";
const PIECES = "pieces";
const DAY_MS = 86_400_000;
/** A browser that hasn't answered by then won't (some have left a request open for ever). */
export const ANSWERS_WITHIN_MS = 5_000;
/** But for what was said it is waited longer: a disk may be slow just after the start. */
export const FINDS_WITHIN_MS = 60_000;

interface KeptHead extends AnswerHead {
  interview: string;
  stop: AudioStop | null;
  /** When it was kept first, Unix milliseconds. */
  at: number;
}

interface KeptPiece {
  interview: string;
  /** The id of its `audio.start`. */
  answer: string;
  index: number;
  pcm: Uint8Array;
}

export class IndexedRecordings implements Recordings {
  readonly #factory: IDBFactory;
  readonly #now: () => number;
  #database: Promise<IDBDatabase> | null = null;

  /** `now`: Unix milliseconds. */
  constructor(factory: IDBFactory, now: () => number) {
    this.#factory = factory;
    this.#now = now;
  }

  async find(interview: string): Promise<Found> {
    const look = async (database: IDBDatabase): Promise<KeptAnswer | null> => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      this.#deleteOld(change);
      const heads = (await result(change.objectStore(ANSWERS).getAll(keysOf(interview)))) as KeptHead[];
      // What is too old is about to go, and its audio may have gone.
      const oldest = this.#now() - DAY_MS;
      const newest = heads.filter(({ at }) => at >= oldest).sort((one, other) => other.at - one.at)[0];
      if (newest === undefined) return null;
      const { start, started, stop } = newest;
      const pieces = await result(change.objectStore(PIECES).getAll(keysOf(interview, start.id)));
      return { start, started, stop, audio: joined(pieces as KeptPiece[], pieceBytes(start)) };
    };
    return this.#within<Found>("unknown", look, FINDS_WITHIN_MS);
  }

  async keep(interview: string, { start, started, stop }: AnswerHead): Promise<boolean> {
    return this.#within(false, async (database) => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      const answers = change.objectStore(ANSWERS);
      const before = (await result(answers.get([interview, start.id]))) as KeptHead | undefined;
      answers.put({ interview, start, started, stop, at: before?.at ?? this.#now() });
      await done(change);
      return true;
    });
  }

  async keepPiece(interview: string, start: AudioStart, index: number, pcm: Uint8Array): Promise<boolean> {
    return this.#within(false, async (database) => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      // Deleted meanwhile: nobody would find the piece.
      const key = await result(change.objectStore(ANSWERS).getKey([interview, start.id]));
      if (key === undefined) return false;
      const piece: KeptPiece = { interview, answer: start.id, index, pcm };
      change.objectStore(PIECES).put(piece);
      await done(change);
      return true;
    });
  }

  async forget(interview: string, answer?: string): Promise<void> {
    await this.#within(undefined, async (database) => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      change.objectStore(ANSWERS).delete(keysOf(interview, answer));
      change.objectStore(PIECES).delete(keysOf(interview, answer));
      await done(change);
    });
  }

  async sweep(): Promise<void> {
    await this.#within(undefined, async (database) => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      this.#deleteOld(change);
      await done(change);
    });
  }

  async forgetAll(): Promise<void> {
    await this.#within(undefined, async (database) => {
      const change = database.transaction([ANSWERS, PIECES], "readwrite");
      change.objectStore(ANSWERS).clear();
      change.objectStore(PIECES).clear();
      await done(change);
    });
  }

  /** What `work` comes to; `otherwise` where it fails, or takes too long. */
  async #within<T>(
    otherwise: T,
    work: (database: IDBDatabase) => Promise<T>,
    ms = ANSWERS_WITHIN_MS,
  ): Promise<T> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<T>((resolve) => {
      late = setTimeout(() => {
        resolve(otherwise);
      }, ms);
    });
    const worked = this.#open()
      .then(work)
      .catch(() => otherwise);
    const first = await Promise.race([worked, tooLate]);
    clearTimeout(late);
    return first;
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= this.#opened().catch((cause: unknown) => {
      this.#database = null;
      throw cause;
    });
    return this.#database;
  }

  async #opened(): Promise<IDBDatabase> {
    const request = this.#factory.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const { result: database } = request;
      // What has an older form can't be read any more, and nobody's voice is to stay.
      for (const store of Array.from(database.objectStoreNames)) database.deleteObjectStore(store);
      database.createObjectStore(ANSWERS, { keyPath: ["interview", "start.id"] });
      database.createObjectStore(PIECES, { keyPath: ["interview", "answer", "index"] });
    };
    const database = await result(request);
    // Another tab wants a newer version, or the browser has closed it: opened again when next needed.
    const close = () => {
      database.close();
      this.#database = null;
    };
    database.onversionchange = close;
    database.onclose = close;
    return database;
  }

  #deleteOld(change: IDBTransaction): void {
    const request = change.objectStore(ANSWERS).openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return;
      const { interview, start, at } = cursor.value as KeptHead;
      if (at < this.#now() - DAY_MS) {
        cursor.delete();
        change.objectStore(PIECES).delete(keysOf(interview, start.id));
      }
      cursor.continue();
    };
  }
}

/** Where a browser has nothing to keep it in. */
export const NO_RECORDINGS: Recordings = {
  find: () => Promise.resolve(null),
  keep: () => Promise.resolve(false),
  keepPiece: () => Promise.resolve(false),
  forget: () => Promise.resolve(),
  sweep: () => Promise.resolve(),
  forgetAll: () => Promise.resolve(),
};

/** The keys of all that is kept of an interview, or of one answer: an array sorts behind every number and string. */
function keysOf(interview: string, answer?: string): IDBKeyRange {
  const prefix = answer === undefined ? [interview] : [interview, answer];
  return IDBKeyRange.bound(prefix, [...prefix, []]);
}

/** The audio up to the first piece that is missing, or isn't whole. */
function joined(pieces: readonly KeptPiece[], whole: number): Uint8Array {
  const broken = pieces.findIndex(({ index, pcm }, place) => index !== place || pcm.length < whole);
  const last = pieces[broken]?.index === broken ? broken + 1 : broken;
  const taken = broken === -1 ? pieces : pieces.slice(0, last);
  const audio = new Uint8Array(taken.reduce((sum, { pcm }) => sum + pcm.length, 0));
  let at = 0;
  for (const { pcm } of taken) {
    audio.set(pcm, at);
    at += pcm.length;
  }
  return audio;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("The request failed"));
    };
  });
}

/** Kept for good, or as far as a browser promises. */
function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new Error("The transaction was aborted"));
    };
  });
}
