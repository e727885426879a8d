/** The audio of one answer. How it fares over connections is in the shared cases (`speaking.json`). */
import { expect, it } from "vitest";
import { HEADER_BYTES, SpokenAnswer, WINDOW_BYTES } from "../../src/client/voice.ts";
import { seeded } from "./seeded.ts";

const LONGEST_MS = 600_000;

function silent(rate = 16_000): SpokenAnswer {
  return new SpokenAnswer({ type: "audio.start", id: "a", turn: 1, sample_rate: rate });
}

/** One that is heard from the beginning, with so many bytes of audio. */
function answer(bytes: number, rate?: number): SpokenAnswer {
  const spoken = silent(rate);
  spoken.record(new Uint8Array(bytes), LONGEST_MS);
  spoken.opened(0);
  return spoken;
}

/** Offset and length of the frames to be sent now. */
function pieces(spoken: SpokenAnswer, maxFrameBytes = 65_536): [number, number][] {
  return spoken
    .frames(maxFrameBytes)
    .map((frame) => [Number(new DataView(frame.buffer).getBigUint64(0)), frame.length - HEADER_BYTES]);
}

it("takes no half sample", () => {
  expect(() => {
    answer(1);
  }).toThrow(RangeError);
  expect(() => {
    silent().recall(new Uint8Array(1));
  }).toThrow(RangeError);
});

it("sends what was said, once", () => {
  const spoken = answer(6_400);
  expect(pieces(spoken)).toEqual([
    [0, 3_200],
    [3_200, 3_200],
  ]);
  expect(pieces(spoken)).toEqual([]);
});

it("sends nothing where nobody listens", () => {
  const spoken = answer(3_200);
  spoken.live = false;
  expect(pieces(spoken)).toEqual([]);
});

it("takes nothing back for old news", () => {
  const spoken = answer(6_400);
  pieces(spoken);
  spoken.acknowledged(6_400);
  spoken.acknowledged(3_200);
  expect(pieces(spoken)).toEqual([]);
  spoken.missing(6_400);
  expect(pieces(spoken)).toEqual([]);
});

it("doesn't send what the server has", () => {
  const spoken = answer(6_400);
  spoken.acknowledged(3_200);
  expect(pieces(spoken)).toEqual([[3_200, 3_200]]);
});

it("doesn't see what becomes of the application's buffer", () => {
  const spoken = silent();
  const buffer = new Uint8Array(640).fill(7);
  spoken.record(buffer, LONGEST_MS);
  buffer.fill(0);
  spoken.opened(0);
  expect(spoken.frames(65_536)[0]?.subarray(HEADER_BYTES)).toEqual(new Uint8Array(640).fill(7));
});

/** All frames from the beginning, joined. */
function sentOf(spoken: SpokenAnswer): number[] {
  spoken.opened(0);
  return spoken.frames(65_536).flatMap((frame) => [...frame.subarray(HEADER_BYTES)]);
}

it("keeps every byte in its place where the server has more than was recalled", () => {
  const spoken = silent();
  spoken.recall(new Uint8Array(640).fill(1));
  spoken.opened(960);
  expect(spoken.recorded).toBe(960);
  spoken.record(new Uint8Array(640).fill(2), LONGEST_MS);
  expect(spoken.recorded).toBe(1_600);
  const silence = new Array<number>(320).fill(0);
  const [first, second] = [new Array<number>(640).fill(1), new Array<number>(640).fill(2)];
  expect(sentOf(spoken)).toEqual([...first, ...silence, ...second]);
  expect([...spoken.audio(630, 970)]).toEqual([...first, ...silence, ...second].slice(630, 970));
});

it("has all that was announced, after a crash of the server as well", () => {
  const spoken = silent();
  spoken.recall(new Uint8Array(640).fill(1));
  spoken.opened(960);
  spoken.stopped({ type: "audio.stop", id: "b", turn: 1, bytes: spoken.recorded });
  expect(sentOf(spoken)).toHaveLength(960);
  expect(spoken.spoken).toMatchObject({ recorded: 960, bytes: 960, stop: { id: "b" } });
});

it("makes up for no hole that is longer than any tail", () => {
  const spoken = silent();
  spoken.recall(new Uint8Array(640));
  spoken.opened(64_000_000_000);
  spoken.end(64_000_000_000);
  expect(sentOf(spoken)).toHaveLength(640);
});

it("sends all of it in order, in frames that the server takes, a window ahead at most", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed);
    const rate = 8_000 + Math.floor(random() * 40_001);
    const maxFrameBytes = 108 + Math.floor(random() * 70_000);
    const spoken = silent(rate);
    spoken.opened(0);
    let said = 0;
    let sent = 0;
    const send = () => {
      for (
        let found = pieces(spoken, maxFrameBytes);
        found.length > 0;
        found = pieces(spoken, maxFrameBytes)
      ) {
        const received = sent;
        for (const [offset, length] of found) {
          expect(offset, `seed ${seed}`).toBe(sent);
          expect(length % 2, `seed ${seed}`).toBe(0);
          expect(length).toBeLessThanOrEqual(Math.min(maxFrameBytes - HEADER_BYTES, rate / 5));
          sent += length;
        }
        expect(sent).toBeLessThan(received + WINDOW_BYTES + rate);
        spoken.acknowledged(sent);
      }
    };
    for (let writes = 0; writes < 12; writes += 1) {
      const bytes = 2 * Math.floor(random() * 30_000);
      spoken.record(new Uint8Array(bytes), LONGEST_MS);
      said += bytes;
      send();
    }
    spoken.end(spoken.recorded);
    send();
    expect([sent, spoken.recorded], `seed ${seed}`).toEqual([said, said]);
  }
});
