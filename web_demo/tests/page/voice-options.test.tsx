// @vitest-environment happy-dom
/** The first screen, for those who speak: what they like is asked, and what they said isn't left to others. */
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { voicePreferences } from "../../src/microphone/preferences.ts";
import { DocumentServer } from "./document-server.ts";
import { ownPageEachTest } from "./lifetime.ts";
import { token } from "./people.ts";
import { visit } from "./setup-page.tsx";

ownPageEachTest();

it.each(["en", "ko"] as const)("asks in %s how answers end, and keeps it", async (language) => {
  const server = new DocumentServer();
  server.voice = true;
  const page = await visit(server, { language });
  const { voice } = page.text;
  const check = (name: string) => screen.getByRole<HTMLInputElement>("checkbox", { name });
  expect([check(voice.silence).checked, check(voice.reviewFirst).checked]).toEqual([false, false]);
  fireEvent.click(check(voice.silence));
  expect(voicePreferences(page.kept)).toMatchObject({ endsBySilence: true, review: false });
  fireEvent.click(check(voice.reviewFirst));
  cleanup();
  await visit(server, { language, kept: page.kept });
  expect([check(voice.silence).checked, check(voice.reviewFirst).checked]).toEqual([true, true]);
});

it("asks nothing of it where the server takes no spoken answers", async () => {
  await visit();
  expect(screen.queryByRole("checkbox")).toBeNull();
});

it("leaves no recording to who comes after a sign-out", async () => {
  const MINA = token("mina");
  const server = new DocumentServer();
  server.admitted = [MINA];
  const page = await visit(server, { signedIn: MINA });
  const start = { type: "audio.start", id: "a", turn: 1, sample_rate: 16_000 } as const;
  await page.recordings.keep("i1", { start, started: true, stop: null });
  await page.press(page.text.signIn.signOut);
  expect(page.recordings.kept).toEqual([]);
});
