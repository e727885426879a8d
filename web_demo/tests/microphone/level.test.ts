/** How loud it is, in a few words and as a height. */
import { expect, it } from "vitest";
import { LevelMeter, levelOf } from "../../src/microphone/level.ts";

it.each([
  [0, 0, "silent", 0],
  [0.002, 0.001, "silent", 0],
  [0.02, 0.008, "quiet", 1 / 3],
  [0.3, 0.1, "good", 0.74],
  [1, 0.6, "loud", 1],
])("peak %d, mean %d is %s", (peak, rms, loudness, height) => {
  const level = levelOf({ peak, rms });
  expect(level.loudness).toBe(loudness);
  expect(level.height).toBeCloseTo(height, 1);
});

it("tells who watches, until they don't", () => {
  const meter = new LevelMeter();
  let seen = 0;
  const end = meter.subscribe(() => {
    seen += 1;
  });
  meter.show(levelOf({ peak: 0.3, rms: 0.1 }));
  expect([seen, meter.level.loudness]).toEqual([1, "good"]);
  end();
  meter.show(levelOf({ peak: 0, rms: 0 }));
  expect(seen).toBe(1);
});
