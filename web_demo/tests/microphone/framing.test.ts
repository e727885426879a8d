/** What is captured, made into frames. */
import { expect, it } from "vitest";
import { type Frame, Framer, frameSamples } from "../../src/microphone/framing.ts";
import { seeded } from "../client/seeded.ts";

const QUANTUM = 128;

/** The samples of frames, from -1 to 1. */
function samplesOf(frames: readonly Frame[]): number[] {
  return frames.flatMap(({ pcm }) => {
    const view = new DataView(pcm.buffer);
    return Array.from({ length: pcm.length / 2 }, (_, index) => view.getInt16(2 * index, true) / 0x7fff);
  });
}

function tone(hz: number, rate: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate));
}

/** All frames of it, given a quantum at a time. */
function framesOf(sound: Float32Array, from: number, to: number): Frame[] {
  const framer = new Framer(from, to, frameSamples(to, 80));
  const frames: Frame[] = [];
  for (let at = 0; at < sound.length; at += QUANTUM) {
    frames.push(...framer.push([sound.subarray(at, at + QUANTUM)]));
  }
  const rest = framer.rest();
  return rest === null ? frames : [...frames, rest];
}

it("makes frames of 40 to 100 ms, each of whole quanta", () => {
  for (const rate of [8_000, 16_000, 22_050, 44_100, 48_000]) {
    const samples = frameSamples(rate, 80);
    expect(samples % QUANTUM).toBe(0);
    expect((samples / rate) * 1_000).toBeGreaterThan(40);
    expect((samples / rate) * 1_000).toBeLessThanOrEqual(100);
  }
});

it("keeps every sample, in order, little endian, and what doesn't fill a frame", () => {
  const sound = tone(440, 16_000, 16_000);
  const frames = framesOf(sound, 16_000, 16_000);
  expect(frames.slice(0, -1).every(({ pcm }) => pcm.length === 2 * 1_280)).toBe(true);
  const heard = samplesOf(frames);
  expect(heard).toHaveLength(16_000);
  expect(heard.every((sample, at) => Math.abs(sample - (sound[at] ?? NaN)) < 1 / 0x7fff)).toBe(true);
  expect([...(new Framer(16_000, 16_000, 1).push([Float32Array.of(1)])[0]?.pcm ?? [])]).toEqual([0xff, 0x7f]);
});

it("mixes channels down, and cuts off what is too loud", () => {
  const framer = new Framer(16_000, 16_000, 2);
  const [frame] = framer.push([Float32Array.of(1, 2), Float32Array.of(0, 2)]);
  if (frame === undefined) throw new Error("no frame");
  expect(samplesOf([frame]).map((sample) => Math.round(10 * sample))).toEqual([5, 10]);
  expect(frame.peak).toBe(1);
  expect(framer.push([])).toEqual([]);
});

it("tells how loud it is", () => {
  const [frame] = framesOf(tone(500, 16_000, 1_280), 16_000, 16_000);
  expect(frame?.peak).toBeCloseTo(0.5, 2);
  expect(frame?.rms).toBeCloseTo(0.5 / Math.SQRT2, 2);
});

it.each([
  [96_000, 48_000],
  [44_100, 48_000],
  [48_000, 16_000],
  [48_000, 44_100],
])("from %i Hz to %i Hz keeps time and tone", (from, to) => {
  const heard = samplesOf(framesOf(tone(300, from, from), from, to));
  expect(Math.abs(heard.length - to)).toBeLessThanOrEqual(2);
  const crossings = heard.filter((sample, at) => sample >= 0 && (heard[at - 1] ?? 0) < 0).length;
  expect(Math.abs(crossings - 300)).toBeLessThanOrEqual(1);
  expect(Math.max(...heard)).toBeGreaterThan(0.48);
});

it("makes the same of it however it comes", () => {
  const sound = tone(700, 48_000, 30_000);
  const whole = new Framer(48_000, 44_100, 1_024);
  const all = samplesOf(whole.push([sound]));
  const random = seeded(7);
  const pieces = new Framer(48_000, 44_100, 1_024);
  const frames: Frame[] = [];
  for (let at = 0; at < sound.length;) {
    const next = at + Math.floor(random() * 300);
    frames.push(...pieces.push([sound.subarray(at, next)]));
    at = next;
  }
  // The places between samples are counted in steps, which round differently by a hair.
  const heard = samplesOf(frames);
  expect(heard).toHaveLength(all.length);
  expect(heard.every((sample, at) => Math.abs(sample - (all[at] ?? NaN)) < 1e-4)).toBe(true);
});
