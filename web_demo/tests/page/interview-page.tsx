/** The page with one interview open, and the server's end of its newest connection. */
import { act, render } from "@testing-library/react";
import { Announcer } from "../../src/app/announcer.tsx";
import { SurroundingsContext } from "../../src/app/surroundings.tsx";
import type { SignIn } from "../../src/app/sign-in.ts";
import type { ServerMessage, SessionOpen, SessionOpened, Snapshot } from "../../src/client/contract/types.ts";
import { type Heard, InterviewClient } from "../../src/client/networked/interview-client.ts";
import { LanguageProvider } from "../../src/i18n/language.tsx";
import { HEADER_BYTES } from "../../src/client/voice.ts";
import { InterviewScreen } from "../../src/screens/interview/InterviewScreen.tsx";
import { type Happening, opened, placed, snapshot } from "../client/samples.ts";
import { FakeMicrophone, RecordingsInMemory } from "../microphone/fakes.ts";
import { storage } from "./kept.ts";
import { PeopleServer } from "./people.ts";

export class Page {
  readonly kept: Storage;
  readonly signIn: SignIn;
  sent: Record<string, unknown>[] = [];
  /** Bytes of audio that were sent. */
  heardBytes = 0;
  readonly microphone = new FakeMicrophone();
  readonly recordings: RecordingsInMemory;
  readonly openings: SessionOpen[] = [];
  #heard: Heard | null = null;
  #seq = 0;

  /** `people`: the server that they sign in to; `token`: who has signed in. */
  constructor(
    kept: Storage,
    people = new PeopleServer(),
    token?: string,
    recordings = new RecordingsInMemory(),
  ) {
    this.kept = kept;
    this.recordings = recordings;
    const { api, signIn } = people.page(storage());
    this.signIn = signIn;
    if (token !== undefined) signIn.accept(token);
    let ids = 0;
    const newId = () => `id-${(ids += 1)}`;
    const openInterview = () =>
      new InterviewClient({
        connect: (opening, heard) => {
          this.openings.push(opening);
          this.#heard = heard;
          const known = opening.token == null || people.admits(opening.token);
          if (!known)
            queueMicrotask(() => {
              heard.closed(4401);
            });
          return {
            send: (frame) => this.sent.push(JSON.parse(frame) as Record<string, unknown>),
            sendAudio: (frame) => (this.heardBytes += frame.length - HEADER_BYTES),
            close: () => undefined,
          };
        },
        now: () => Date.now(),
        random: () => 0.5,
        newId,
        getToken: token === undefined ? undefined : signIn.tokens(),
      });
    const { microphone } = this;
    const surroundings = { api, signIn, kept, recordings, microphone, newId, openInterview };
    render(
      <SurroundingsContext value={surroundings}>
        <LanguageProvider kept={kept}>
          <Announcer>
            <InterviewScreen id="i1" />
          </Announcer>
        </LanguageProvider>
      </SurroundingsContext>,
    );
  }

  async hear(message: ServerMessage): Promise<void> {
    await act(async () => {
      // What was kept of an answer is looked for first.
      await Promise.resolve();
      this.#heard?.frame(JSON.stringify(message));
      await Promise.resolve();
    });
  }

  async open(changes: Partial<Snapshot>, more: Partial<SessionOpened> = {}): Promise<void> {
    this.#seq = 0;
    await this.hear(opened({ snapshot: snapshot(changes), ...more }));
  }

  async happen(...happenings: Happening[]): Promise<void> {
    for (const happening of happenings) await this.hear(placed(happening, (this.#seq += 1)));
  }

  async close(code: number): Promise<void> {
    await act(async () => {
      await Promise.resolve();
      this.#heard?.closed(code);
      await Promise.resolve();
    });
  }

  async refuse(code: string): Promise<void> {
    const re = String(this.sent.at(-1)?.["id"]);
    await this.hear({ type: "error", re, code, message: "No.", retryable: false, details: {} });
  }
}
