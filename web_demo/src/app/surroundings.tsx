/** What the page has from its browser: where the server is, what it may keep, chance. Chosen here, handed down. */
import { createContext, use } from "react";
import { overEvents } from "../client/networked/event-stream.ts";
import { InterviewClient } from "../client/networked/interview-client.ts";
import { HttpApi, only } from "../client/networked/http.ts";
import { overWebSocket } from "../client/networked/websocket.ts";
import { BrowserMicrophone } from "../microphone/browser-microphone.ts";
import { IndexedRecordings, NO_RECORDINGS, type Recordings } from "../microphone/keep.ts";
import type { Microphone } from "../microphone/microphone.ts";
import worklet from "../microphone/worklet.ts?worker&url";
import { SignIn } from "./sign-in.ts";

export interface Surroundings {
  api: HttpApi;
  signIn: SignIn;
  /** What outlives a reload. */
  kept: Storage;
  /** Where what is being spoken outlives one. */
  recordings: Recordings;
  microphone: Microphone;
  newId: () => string;
  openInterview: (id: string) => InterviewClient;
}

/** The server's address: what the page's `<meta name="viva-server">` says, else the folder the page came from. */
export function serverAddress(page: Document): URL {
  const told = page.querySelector<HTMLMetaElement>('meta[name="viva-server"]')?.content.trim() ?? "";
  return new URL(told === "" ? "." : told, page.baseURI);
}

export function browserSurroundings(): Surroundings {
  const server = serverAddress(document);
  const signIn = new SignIn({
    tryOut: (token) => new HttpApi(server, only(token)).tryOut(),
    kept: storage(() => sessionStorage),
    now: () => Date.now(),
  });
  const api = new HttpApi(server, signIn);
  const openInterview = (id: string) =>
    new InterviewClient({
      connect: overWebSocket(api.interviewUrl(id)),
      fallback: overEvents(api.interviewUrl(id)),
      now: () => Date.now(),
      random: () => Math.random(),
      newId,
      getToken: signIn.state.status === "open" ? undefined : signIn.tokens(),
    });
  const kept = storage(() => localStorage);
  return { api, signIn, kept, recordings: recordings(), microphone: microphone(), newId, openInterview };
}

function microphone(): Microphone {
  // Missing where a page is served without TLS, whatever the types say.
  const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  return new BrowserMicrophone({
    media,
    secure: isSecureContext,
    context: (sampleRate) => new AudioContext(sampleRate === null ? {} : { sampleRate }),
    worklet,
    node: (context, name, options) => new AudioWorkletNode(context, name, options),
  });
}

/** The browser's database; where it is forbidden, even to look at it fails. */
function recordings(): Recordings {
  try {
    return new IndexedRecordings(indexedDB, () => Date.now());
  } catch {
    return NO_RECORDINGS;
  }
}

/** 128 random bits. `crypto.randomUUID` is missing where a page is served without TLS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The browser's storage, or one that lasts as long as the page where that is forbidden (even to look at). */
function storage(ofBrowser: () => Storage): Storage {
  try {
    const kept = ofBrowser();
    kept.setItem("viva.probe", "1");
    kept.removeItem("viva.probe");
    return kept;
  } catch {
    return new ShortStorage();
  }
}

class ShortStorage implements Storage {
  readonly #items = new Map<string, string>();
  get length() {
    return this.#items.size;
  }
  key(index: number) {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.#items.set(key, value);
  }
  removeItem(key: string) {
    this.#items.delete(key);
  }
  clear() {
    this.#items.clear();
  }
}

export const SurroundingsContext = createContext<Surroundings | null>(null);

export function useSurroundings(): Surroundings {
  const surroundings = use(SurroundingsContext);
  if (surroundings === null) throw new Error("useSurroundings outside its provider");
  return surroundings;
}
