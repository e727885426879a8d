/** The interview screen of somebody who may speak, and what a test does there. */
import { act, fireEvent, screen } from "@testing-library/react";
import { vi } from "vitest";
import type { Capabilities, SessionOpened, Snapshot, Transcript } from "../../src/client/contract/types.ts";
import { type Happening, opened, snapshot, turn } from "../client/samples.ts";
import { Page } from "./interview-page.tsx";
import { storage } from "./kept.ts";

export const SECOND = 32_000;
export const answering: Partial<Snapshot> = { phase: "answering", turns: [turn()] };
export const listening: Partial<Snapshot> = { ...answering, phase: "listening" };
export const began = {
  type: "audio.started",
  turn: 1,
  sample_rate: 16_000,
  silence_ms: null,
  review: false,
} as const satisfies Happening;
export const accepted = {
  type: "answer.accepted",
  turn: 1,
  text: "I led it.",
  source: "voice",
  delivery: null,
} as const satisfies Happening;
export const transcript: Transcript = {
  text: "I led it.",
  language: "en",
  confidence: 0.9,
  duration_ms: 2_000,
  needs_review: true,
};

export const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Your answer" });
export const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
export const panel = () => screen.getByRole("group", { name: "Answering by voice" });
export const said = () => screen.getByRole("log").textContent;

/** All that was set off is done. */
export const settled = () =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(0);
  });

export async function press(name: string): Promise<void> {
  fireEvent.click(button(name));
  await settled();
}

export const speaks: Capabilities = { ...opened().capabilities, voice: true, voice_unavailable: null };

/** `before`: what is left of a page before its reload. */
export async function pageWith(
  changes: Partial<Snapshot>,
  before?: { kept?: Storage; page?: Page; audio?: SessionOpened["audio"] },
): Promise<Page> {
  const kept = before?.page?.kept ?? before?.kept ?? storage({ "viva.language": "en" });
  const page = new Page(kept, undefined, undefined, before?.page?.recordings);
  const audio = before?.audio === undefined ? {} : { audio: before.audio };
  await page.hear(opened({ snapshot: snapshot(changes), capabilities: speaks, ...audio }));
  return page;
}

/** Somebody is speaking, and the server listens. */
export async function speaking(kept?: Storage): Promise<Page> {
  const page = await pageWith(answering, kept === undefined ? undefined : { kept });
  await press("Answer by voice");
  await page.happen(began);
  return page;
}

export async function hear(page: Page, bytes: number, rms?: number): Promise<void> {
  act(() => {
    page.microphone.capture.hear(bytes, rms);
  });
  await settled();
}

export const last = (page: Page) => page.sent.at(-1);
export const types = (page: Page) => page.sent.map(({ type }) => type);
export const ack = async (page: Page) => {
  await page.hear({ type: "ack", re: String(last(page)?.["id"]), epoch: 1, seq: 1, repeated: false });
  await settled();
};
export const strike = async () => {
  fireEvent.keyDown(document.body, { key: "Enter", ctrlKey: true, shiftKey: true });
  await settled();
};
