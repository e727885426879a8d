/** A browser's microphone, against what browsers do: they resample or not, refuse, mute, and lose devices. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserMicrophone } from "../../src/microphone/browser-microphone.ts";
import type { Frame } from "../../src/microphone/framing.ts";
import type { Trouble } from "../../src/microphone/microphone.ts";

const DEVICE_HZ = 44_100;
const ANY = { deviceId: null, sampleRate: null };

class FakeTrack {
  stopped = false;
  muted = false;
  readyState = "live";
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  onended: (() => void) | null = null;

  stop(): void {
    this.stopped = true;
  }

  getSettings(): { deviceId: string } {
    return { deviceId: "built-in" };
  }
}

class FakeContext {
  readonly sampleRate: number;
  readonly destination = {};
  readonly modules: string[] = [];
  readonly audioWorklet = {
    addModule: (url: string) => {
      this.modules.push(url);
      return Promise.resolve();
    },
  };
  state = "running";
  resumed = 0;
  onstatechange: (() => void) | null = null;
  /** Whether it takes only a source of its own rate. */
  readonly #strict: boolean;

  constructor(rate: number, strict: boolean) {
    this.sampleRate = rate;
    this.#strict = strict;
  }

  createMediaStreamSource(): { connect: () => void } {
    if (this.#strict && this.sampleRate !== DEVICE_HZ) throw new DOMException("No", "NotSupportedError");
    return { connect: () => undefined };
  }

  resume(): Promise<void> {
    this.resumed += 1;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.state = "closed";
    return Promise.resolve();
  }
}

/** A browser with one device. `strict`: as Firefox. */
class FakeBrowser {
  readonly track = new FakeTrack();
  readonly contexts: FakeContext[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  readonly options: unknown[] = [];
  refusal: Error | null = null;
  strict = false;
  /** The audio thread's end of the line. */
  #thread: MessagePort | null = null;

  microphone(media = true, secure = true): BrowserMicrophone {
    return new BrowserMicrophone({
      media: media ? this.#media() : undefined,
      secure,
      context: (rate) => {
        const context = new FakeContext(rate ?? DEVICE_HZ, this.strict);
        this.contexts.push(context);
        return context as unknown as AudioContext;
      },
      worklet: "worklet.js",
      node: (_context, _name, options) => {
        this.options.push(options.processorOptions);
        const { port1, port2 } = new MessageChannel();
        this.#thread = port2;
        const node = { port: port1, connect: () => undefined, disconnect: () => undefined };
        return node as unknown as AudioWorkletNode;
      },
    });
  }

  get thread(): MessagePort {
    if (this.#thread === null) throw new Error("nothing was connected");
    return this.#thread;
  }

  #media(): MediaDevices {
    const stream = { getTracks: () => [this.track], getAudioTracks: () => [this.track] };
    const media = {
      getUserMedia: (constraints: MediaStreamConstraints) => {
        this.asked.push(constraints);
        return this.refusal === null ? Promise.resolve(stream) : Promise.reject(this.refusal);
      },
      enumerateDevices: () =>
        Promise.resolve([
          { kind: "audioinput", deviceId: "a", label: "Headset" },
          { kind: "audioinput", deviceId: "", label: "" },
          { kind: "videoinput", deviceId: "v", label: "Camera" },
        ]),
    };
    return media as unknown as MediaDevices;
  }
}

const frame = (fill: number): Frame => ({ pcm: new Uint8Array(4).fill(fill), peak: 0.5, rms: 0.1 });

function listener() {
  const told = { frames: [] as number[], held: [] as boolean[], lost: 0 };
  const listen = {
    frame: ({ pcm }: Frame) => told.frames.push(pcm[0] ?? -1),
    held: (held: boolean) => told.held.push(held),
    lost: () => (told.lost += 1),
  };
  return { told, listen };
}

describe("a microphone", () => {
  it("is opened at 16 kHz, with what makes speech clear, and tells all that was heard since", async () => {
    const browser = new FakeBrowser();
    const capture = await browser.microphone().open({ deviceId: "usb", sampleRate: null });
    expect([capture.sampleRate, capture.deviceId]).toEqual([16_000, "built-in"]);
    expect(browser.contexts.map(({ sampleRate, modules }) => [sampleRate, modules])).toEqual([
      [16_000, ["worklet.js"]],
    ]);
    expect(browser.options).toEqual([{ rate: 16_000, samples: 1_280 }]);
    const clear = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    expect(browser.asked[0]?.audio).toMatchObject({ ...clear, deviceId: { ideal: "usb" } });
    browser.thread.postMessage(frame(1));
    const { told, listen } = listener();
    capture.listen(listen);
    browser.thread.postMessage(frame(2));
    await vi.waitFor(
      () => {
        expect(told.frames).toEqual([1, 2]);
      },
      { timeout: 30_000 },
    );
  });

  it("has the device's own rate where the browser doesn't resample", async () => {
    const browser = new FakeBrowser();
    browser.strict = true;
    const capture = await browser.microphone().open(ANY);
    expect(capture.sampleRate).toBe(DEVICE_HZ);
    expect(browser.contexts.map(({ sampleRate, state }) => [sampleRate, state])).toEqual([
      [16_000, "closed"],
      [DEVICE_HZ, "running"],
    ]);
    const again = await browser.microphone().open({ deviceId: null, sampleRate: 48_000 });
    expect([again.sampleRate, browser.options.at(-1)]).toEqual([48_000, { rate: 48_000, samples: 3_840 }]);
  });

  it("is closed when its last frame was told, and its device let go", async () => {
    const browser = new FakeBrowser();
    const capture = await browser.microphone().open(ANY);
    const { told, listen } = listener();
    capture.listen(listen);
    browser.thread.onmessage = () => {
      browser.thread.postMessage(frame(9));
      browser.thread.postMessage(null);
    };
    await Promise.all([capture.close(), capture.close()]);
    expect(told.frames).toEqual([9]);
    expect([browser.track.stopped, browser.contexts[0]?.state]).toEqual([true, "closed"]);
    browser.thread.close();
  });

  it("lists its devices", async () => {
    expect(await new FakeBrowser().microphone().devices()).toEqual([{ id: "a", label: "Headset" }]);
    expect(await new FakeBrowser().microphone(false).devices()).toEqual([]);
  });
});

describe("a microphone that nothing comes from", () => {
  it("is told of, and heard again", async () => {
    const browser = new FakeBrowser();
    const capture = await browser.microphone().open(ANY);
    const { told, listen } = listener();
    capture.listen(listen);
    browser.track.muted = true;
    browser.track.onmute?.();
    browser.track.muted = false;
    browser.track.onunmute?.();
    const [context] = browser.contexts;
    if (context === undefined) throw new Error("no context");
    context.state = "interrupted";
    context.onstatechange?.();
    const before = context.resumed;
    capture.resume();
    expect(context.resumed).toBe(before + 1);
    context.state = "running";
    context.onstatechange?.();
    expect(told.held).toEqual([false, true, false, true, false]);
  });

  it("is lost when its device goes, and not when it is closed", async () => {
    const browser = new FakeBrowser();
    const capture = await browser.microphone().open(ANY);
    const { told, listen } = listener();
    capture.listen(listen);
    browser.track.onended?.();
    expect(told.lost).toBe(1);
    browser.thread.onmessage = () => {
      browser.thread.postMessage(null);
    };
    const closed = capture.close();
    browser.track.onended?.();
    await closed;
    expect(told.lost).toBe(1);
    browser.thread.close();
  });

  describe("any more", () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it("is closed all the same", async () => {
      const browser = new FakeBrowser();
      const capture = await browser.microphone().open(ANY);
      const closed = capture.close();
      await vi.advanceTimersByTimeAsync(500);
      await closed;
      expect(browser.track.stopped).toBe(true);
    });
  });
});

describe("a microphone that can't be had", () => {
  it.each<[string, Trouble]>([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "busy"],
    ["SomethingElse", "failed"],
  ])("for %s is in trouble: %s", async (name, trouble) => {
    const browser = new FakeBrowser();
    browser.refusal = new DOMException("No", name);
    await expect(browser.microphone().open(ANY)).rejects.toMatchObject({ trouble });
    expect(browser.contexts[0]?.state).toBe("closed");
  });

  it("lets its device go when the rest fails", async () => {
    const browser = new FakeBrowser();
    const opening = browser.microphone().open(ANY);
    const [context] = browser.contexts;
    if (context !== undefined) context.audioWorklet.addModule = () => Promise.reject(new Error("404"));
    await expect(opening).rejects.toMatchObject({ trouble: "failed" });
    expect([browser.track.stopped, context?.state]).toEqual([true, "closed"]);
  });

  it("isn't asked for where there is none to ask for", async () => {
    const browser = new FakeBrowser();
    await expect(browser.microphone(false).open(ANY)).rejects.toMatchObject({ trouble: "unsupported" });
    await expect(browser.microphone(false, false).open(ANY)).rejects.toMatchObject({ trouble: "insecure" });
  });
});
