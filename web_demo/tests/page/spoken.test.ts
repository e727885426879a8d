/** Where a spoken answer stands, what is heard of it in pieces, and how somebody likes to speak. */
import { describe, expect, it } from "vitest";
import type { Spoken } from "../../src/client/core.ts";
import { spokenMs } from "../../src/client/voice.ts";
import type { Recording } from "../../src/microphone/recorder.ts";
import { keepVoicePreferences, voicePreferences } from "../../src/microphone/preferences.ts";
import { parted, wholeSentences } from "../../src/screens/interview/voice/sentences.ts";
import { type Stage, stageOf } from "../../src/screens/interview/voice/stage.ts";
import { snapshot } from "../client/samples.ts";
import { storage } from "./kept.ts";

const OFF: Recording = { status: "off", lost: false, full: false, trouble: null };
const ON: Recording = { status: "on", deviceId: null, held: false };
const spoken: Spoken = {
  start: { type: "audio.start", id: "a", turn: 1, sample_rate: 48_000 },
  started: true,
  stop: null,
  recorded: 96_000,
  bytes: null,
};

describe("a spoken answer", () => {
  it.each<[Parameters<typeof snapshot>[0], Spoken | null, Recording, Stage]>([
    [{ phase: "answering" }, null, OFF, "written"],
    [{ phase: "answering" }, null, { status: "opening" }, "opening"],
    [{ phase: "answering" }, spoken, ON, "speaking"],
    [{ phase: "listening" }, spoken, ON, "speaking"],
    [{ phase: "listening" }, spoken, OFF, "waiting"],
    [{ phase: "listening" }, spoken, { status: "opening" }, "opening"],
    [{ phase: "listening" }, spoken, { status: "closing" }, "transcribing"],
    [{ phase: "listening" }, { ...spoken, bytes: 10 }, OFF, "transcribing"],
    [{ phase: "listening" }, null, OFF, "elsewhere"],
    [{ phase: "transcribing" }, null, OFF, "transcribing"],
    [{ phase: "reviewing" }, spoken, OFF, "written"],
    [{ phase: "evaluating" }, null, OFF, "written"],
  ])("in %o stands as it does", (changes, answer, recording, stage) => {
    expect(stageOf(snapshot(changes), answer, recording)).toBe(stage);
  });

  it("is as long as its audio", () => {
    expect(spokenMs(spoken)).toBe(1_000);
  });
});

describe("what is heard", () => {
  it("is parted by code points, and its unsure part begins with a word", () => {
    expect(parted("👍 yes no", 2)).toEqual({ sure: "👍 ", unsure: "yes no" });
    expect(parted("I led it", 1)).toEqual({ sure: "I ", unsure: "led it" });
    expect(parted("I led", 9)).toEqual({ sure: "I led", unsure: "" });
    expect(parted("", 0)).toEqual({ sure: "", unsure: "" });
  });

  it.each([
    ["I led it. The te", "I led it."],
    ["We grew by 3.5 times", ""],
    ["제가 이끌었습니다. 그래서", "제가 이끌었습니다."],
    ['He said "go!" And', 'He said "go!"'],
    ["Why? Because.", "Why? Because."],
  ])("of %s has whole: %s", (text, whole) => {
    expect(text.slice(0, wholeSentences(text))).toBe(whole);
  });
});

describe("how somebody likes to speak", () => {
  it("is kept, piece by piece", () => {
    const kept = storage();
    expect(voicePreferences(kept)).toEqual({ deviceId: null, endsBySilence: false, review: false });
    keepVoicePreferences(kept, { deviceId: "usb" });
    keepVoicePreferences(kept, { review: true });
    expect(voicePreferences(kept)).toEqual({ deviceId: "usb", endsBySilence: false, review: true });
  });

  it.each(["nonsense", "null", '{"deviceId":1,"review":"yes"}'])("is the usual where %s was kept", (text) => {
    const usual = { deviceId: null, endsBySilence: false, review: false };
    expect(voicePreferences(storage({ "viva.voice": text }))).toEqual(usual);
  });
});
