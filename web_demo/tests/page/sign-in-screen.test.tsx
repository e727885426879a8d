// @vitest-environment happy-dom
/** Signing in at the page: before anything else where it has to be, again in a dialog, and out. */
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { App } from "../../src/app/App.tsx";
import { SurroundingsContext } from "../../src/app/surroundings.tsx";
import { catalogues, type Language } from "../../src/i18n/catalogue.ts";
import { LanguageProvider } from "../../src/i18n/language.tsx";
import { keepDraft, loadDraft } from "../../src/screens/interview/drafts.ts";
import { FakeMicrophone, RecordingsInMemory } from "../microphone/fakes.ts";
import { storage } from "./kept.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { PeopleServer, token } from "./people.ts";

const MINA = token("mina");
const LATER = token("mina", 3_000);
const JUNO = token("juno");

/** What a browser keeps, whichever tab is open. */
interface Browser {
  kept: Storage;
  recordings: RecordingsInMemory;
}

const inBrowser = (language: Language = "en"): Browser => ({
  kept: storage({ "viva.language": language }),
  recordings: new RecordingsInMemory(),
});

/** Let what is under way come to its end. */
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve)));

async function open(
  server: PeopleServer,
  tab = storage(),
  language: Language = "en",
  { kept, recordings }: Browser = inBrowser(language),
) {
  const { api, signIn } = server.page(tab);
  const openInterview = () => {
    throw new Error("No interview is opened here");
  };
  const around = { recordings, microphone: new FakeMicrophone() };
  const surroundings = { api, signIn, kept, newId: () => "id", openInterview, ...around };
  render(
    <SurroundingsContext value={surroundings}>
      <LanguageProvider kept={kept}>
        <App />
      </LanguageProvider>
    </SurroundingsContext>,
  );
  await settle();
  return { tab, kept, text: catalogues[language], api };
}

const field = (name = "Access token") => screen.getByLabelText<HTMLInputElement>(name);
const heading = (name: string) => screen.queryByRole("heading", { name });
const press = async (name: string) => {
  fireEvent.click(screen.getByRole("button", { name }));
  await settle();
};
const paste = async (pasted: string) => {
  fireEvent.change(field(), { target: { value: pasted } });
  await press("Sign in");
};

ownPageEachTest();

describe("a page whose server wants no token", () => {
  it("has not a word about it", async () => {
    const server = new PeopleServer();
    server.admitted = null;
    const { text } = await open(server);
    expect(heading(text.setup.title)).toBeTruthy();
    expect(screen.queryByRole("button", { name: text.signIn.signOut })).toBeNull();
  });
});

describe.each(["en", "ko"] as const)("signing in, in %s", (language) => {
  it("is asked for, explained, and says what is wrong with a token", async () => {
    const { text } = await open(new PeopleServer(MINA), storage(), language);
    const { signIn } = text;
    expect(heading(signIn.title)).toBeTruthy();
    expect(document.title).toBe(`${signIn.title} · viva`);
    expect(screen.getByText("viva token --sub NAME")).toBeTruthy();
    const asked = field(signIn.token);
    expect(document.activeElement).toBe(asked);
    expect([asked.type, asked.autocomplete, asked.getAttribute("spellcheck")]).toEqual([
      "password",
      "off",
      "false",
    ]);
    await press(signIn.submit);
    const alert = screen.getByRole("alert");
    expect(alert.textContent).toBe(signIn.missing);
    expect(asked.getAttribute("aria-describedby")?.split(" ")).toContain(alert.id);
    for (const [pasted, sentence] of [
      ["nonsense", signIn.invalid],
      [token("mina", 900), signIn.expired],
    ] as const) {
      fireEvent.change(asked, { target: { value: pasted } });
      await press(signIn.submit);
      expect(alert.textContent).toBe(`${sentence} (unauthenticated)`);
      expect([asked.getAttribute("aria-invalid"), document.activeElement]).toEqual(["true", asked]);
    }
  });

  it("shows the token only when asked to", async () => {
    const { text } = await open(new PeopleServer(MINA), storage(), language);
    await press(text.signIn.showToken);
    expect(field(text.signIn.token).type).toBe("text");
    await press(text.signIn.hideToken);
    expect(field(text.signIn.token).type).toBe("password");
  });
});

describe("a user", () => {
  it("is named at the top, and the way out forgets the token and what was written", async () => {
    const { tab, kept, text } = await open(new PeopleServer(MINA));
    await paste(`Bearer ${MINA}\n`);
    expect(heading(text.setup.title)).toBeTruthy();
    expect(document.activeElement?.id).toBe("main");
    const head = within(screen.getByRole("banner"));
    expect(head.getByText("mina")).toBeTruthy();
    expect(tab.length).toBe(1);
    keepDraft(kept, "i1", 1, { text: "Half", sentAs: null });
    await press(text.signIn.signOut);
    expect(heading(text.signIn.title)).toBeTruthy();
    expect([head.queryByText("mina"), tab.length]).toEqual([null, 0]);
    expect(kept.length).toBe(2);
    expect([kept.getItem("viva.language"), kept.getItem("viva.user")]).toEqual(["en", "-"]);
  });

  it("isn't asked again after a reload", async () => {
    const server = new PeopleServer(MINA);
    const { tab } = await open(server);
    await paste(MINA);
    cleanup();
    const { text } = await open(server, tab);
    expect(heading(text.setup.title)).toBeTruthy();
  });

  it("hears what a server says that can't check a token", async () => {
    const server = new PeopleServer(MINA);
    const { text } = await open(server);
    server.broken = "overloaded";
    await paste(MINA);
    expect(screen.getByRole("alert").textContent).toBe(`${text.errors.overloaded} (overloaded)`);
    expect(field().getAttribute("aria-invalid")).toBe("false");
  });
});

describe("what was written and said", () => {
  /** Somebody has signed in, has written and said something, and has gone without signing out. */
  async function left(server: PeopleServer): Promise<Browser> {
    const browser = inBrowser();
    await open(server, storage(), "en", browser);
    await paste(MINA);
    keepDraft(browser.kept, "i1", 1, { text: "Half", sentAs: null });
    const start = { type: "audio.start", id: "a", turn: 1, sample_rate: 16_000 } as const;
    await browser.recordings.keep("i1", { start, started: true, stop: null });
    cleanup();
    return browser;
  }

  it.each([
    ["goes when another user signs in", JUNO, 0],
    ["stays for the same one", LATER, 1],
  ])("%s", async (_, next, stays) => {
    const server = new PeopleServer(MINA, LATER, JUNO);
    const browser = await left(server);
    await open(server, storage(), "en", browser);
    expect(browser.recordings.kept).toHaveLength(1);
    await paste(next);
    const drafts = loadDraft(browser.kept, "i1", 1).text === "" ? 0 : 1;
    expect([browser.recordings.kept.length, drafts]).toEqual([stays, stays]);
  });

  it("too long ago goes when the page begins", async () => {
    const browser = inBrowser();
    await open(new PeopleServer(MINA), storage(), "en", browser);
    expect(browser.recordings.sweeps).toBe(1);
  });
});

describe("a token that runs out", () => {
  /** The page of somebody whose token counts no more, which a request has just found out. */
  async function ranOut(writingIn?: string) {
    const server = new PeopleServer(MINA, LATER, JUNO);
    const page = await open(server);
    await paste(MINA);
    if (writingIn !== undefined) field(writingIn).focus();
    server.admitted?.delete(MINA);
    const request = page.api.report("i1", "markdown");
    await settle();
    return { ...page, server, request };
  }

  it("is asked for in a dialog above what is there, which goes on", async () => {
    const { text, request } = await ranOut();
    const dialog = screen.getByRole<HTMLDialogElement>("dialog", { name: text.signIn.againTitle });
    expect(dialog.open).toBe(true);
    expect(dialog.textContent).toContain("mina");
    expect(heading(text.setup.title)).toBeTruthy();
    await paste(MINA);
    expect(within(dialog).getByRole("alert").textContent).toContain(text.signIn.invalid);
    await paste(LATER);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(await (await request).text()).toBe("# Report");
  });

  it("can be seen to later", async () => {
    const { text, request } = await ranOut();
    await press(text.signIn.later);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByText(text.signIn.ranOut)).toBeTruthy();
    await press(text.signIn.submit);
    await press(text.signIn.later);
    expect(document.activeElement?.textContent).toBe(text.signIn.submit);
    await press(text.signIn.submit);
    await paste(LATER);
    expect(screen.queryByText(text.signIn.ranOut)).toBeNull();
    expect(document.activeElement?.id).toBe("main");
    expect(await (await request).text()).toBe("# Report");
  });

  it("waits for whoever is writing, who finds the way back to the same place", async () => {
    const { text, request } = await ranOut("Questions");
    const writing = field(text.setup.questions);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByRole("status").textContent).toContain(text.signIn.ranOut);
    expect(document.activeElement).toBe(writing);
    screen.getByRole("button", { name: text.signIn.submit }).focus();
    await press(text.signIn.submit);
    expect(document.activeElement).toBe(field());
    await paste(LATER);
    expect(await (await request).text()).toBe("# Report");
  });

  it("and another user's instead begins that one's page anew", async () => {
    const { text, request } = await ranOut();
    const given = expect(request).rejects.toMatchObject({ code: "unauthenticated" });
    const before = heading(text.setup.title);
    await paste(JUNO);
    await given;
    expect(within(screen.getByRole("banner")).getByText("juno")).toBeTruthy();
    expect([heading(text.setup.title) === before, heading(text.setup.title) === null]).toEqual([
      false,
      false,
    ]);
  });
});
