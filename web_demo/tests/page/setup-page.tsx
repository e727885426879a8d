/** The page at its first screen, with a server that takes documents. */
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { expect } from "vitest";
import { App } from "../../src/app/App.tsx";
import { SignIn } from "../../src/app/sign-in.ts";
import { SurroundingsContext } from "../../src/app/surroundings.tsx";
import { HttpApi, only } from "../../src/client/networked/http.ts";
import { InterviewClient } from "../../src/client/networked/interview-client.ts";
import { catalogues, type Language } from "../../src/i18n/catalogue.ts";
import { LanguageProvider } from "../../src/i18n/language.tsx";
import { DocumentServer, type Incoming, refusal, sampleDocument } from "./document-server.ts";
import { FakeMicrophone, RecordingsInMemory } from "../microphone/fakes.ts";
import { storage } from "./kept.ts";

export const PROFILE = {
  skills: ["Python", "PostgreSQL"],
  experience: [
    { title: "Backend engineer", place: "Acme", period: "2019 – 2024", detail: "Built the ledger." },
  ],
  projects: [{ title: "Migration", place: "", period: "", detail: "" }],
  education: [],
};

/** Let what is under way come to its end. */
export const settle = () => act(() => new Promise((resolve) => setTimeout(resolve)));
export const pdf = (name = "mina.pdf") => new File(["%PDF-1.7"], name, { type: "application/pdf" });

export class Visit {
  readonly server: DocumentServer;
  readonly kept: Storage;
  readonly signIn: SignIn;
  readonly recordings = new RecordingsInMemory();
  language: Language;

  constructor(
    server = new DocumentServer(),
    { language = "en", kept, signedIn = "" }: { language?: Language; kept?: Storage; signedIn?: string } = {},
  ) {
    this.server = server;
    this.kept = kept ?? storage({ "viva.language": language });
    this.language = language;
    const host = new URL("http://x/");
    this.signIn = new SignIn({
      tryOut: (given) => new HttpApi(host, only(given), server.send).tryOut(),
      kept: storage(),
      now: () => 1_000_000,
    });
    if (signedIn !== "") this.signIn.accept(signedIn);
    const openInterview = () =>
      new InterviewClient({
        connect: () => ({ send: () => undefined, close: () => undefined }),
        now: () => 1_000_000,
        random: () => 0.5,
        newId: () => "id",
      });
    const api = new HttpApi(host, this.signIn, server.send);
    const around = { recordings: this.recordings, microphone: new FakeMicrophone() };
    const surroundings = {
      ...{ api, signIn: this.signIn, kept: this.kept, newId: () => "id", openInterview },
      ...around,
    };
    render(
      <SurroundingsContext value={surroundings}>
        <LanguageProvider kept={this.kept}>
          <App />
        </LanguageProvider>
      </SurroundingsContext>,
    );
  }

  get text() {
    return catalogues[this.language];
  }

  field(kind: "resume" | "job_description" = "resume") {
    return screen.getByRole("group", { name: this.text.documents.kinds[kind] });
  }

  within(kind: "resume" | "job_description" = "resume") {
    return within(this.field(kind));
  }

  async drop(files: File[], kind: "resume" | "job_description" = "resume") {
    fireEvent.drop(this.field(kind), { dataTransfer: { files, types: ["Files"] } });
    await settle();
  }

  /** The newest upload. */
  get incoming(): Incoming {
    const newest = this.server.incoming.at(-1);
    if (newest === undefined) throw new Error("Nothing was sent");
    return newest;
  }

  async progress(sent: number) {
    act(() => {
      this.incoming.onProgress(sent);
    });
    await settle();
  }

  async take(changes: Parameters<typeof sampleDocument>[0] = {}) {
    const { kind, file } = this.incoming;
    const taken = sampleDocument({ kind, name: file.name, profile: PROFILE, ...changes });
    this.server.documents.unshift(taken);
    this.incoming.answer(Response.json(taken, { status: 201 }));
    await settle();
  }

  async refuse(status: number, code: string, details: Record<string, unknown> = {}, retryable = false) {
    this.incoming.answer(refusal(status, code, details, retryable));
    await settle();
  }

  async press(name: string, kind?: "resume" | "job_description") {
    const place = kind === undefined ? screen : this.within(kind);
    fireEvent.click(place.getByRole("button", { name }));
    await settle();
  }

  /** The form is there, and what it looks up has come. */
  async arrive() {
    await screen.findByRole("button", { name: this.text.setup.start });
    await settle();
  }

  /** Starts an interview: the body that it was asked for with. */
  async start() {
    await this.press(this.text.setup.start);
    await waitFor(() => {
      expect(screen.queryByRole("button", { name: this.text.setup.starting })).toBeNull();
    });
    return this.server.interviews.at(-1);
  }

  /** Comes back from an interview. */
  async back() {
    location.hash = "";
    await this.arrive();
  }

  get startButton() {
    return screen.getByRole<HTMLButtonElement>("button", { name: this.text.setup.start });
  }

  get log() {
    return screen.getByRole("log").textContent;
  }
}

export async function visit(...given: ConstructorParameters<typeof Visit>): Promise<Visit> {
  const there = new Visit(...given);
  await there.arrive();
  return there;
}
