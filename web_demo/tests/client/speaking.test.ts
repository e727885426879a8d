/**
 * A spoken answer over a network that is cut, to a server that crashes, from a page that is reloaded (`protocol.md` 6): in
 * the end the server has heard exactly what was said, and the client keeps nothing of it. A failure names its seed.
 */
import { expect, it } from "vitest";
import type { AudioStart, AudioStop, SessionOpen } from "../../src/client/contract/types.ts";
import { type Bytes, Core, type Output } from "../../src/client/core.ts";
import { Ear } from "./ear.ts";
import { seeded } from "./seeded.ts";

const ANSWERS = 100;
const STEPS = 100;
const PATIENCE = 20_000;
const CODES = [1006, 1012, 4101, 4104];
const START: AudioStart = { type: "audio.start", id: "a", turn: 1, sample_rate: 16_000 };

const newCore = () => new Core({ random: () => 0.5, newId: () => "own" });

class Conversation {
  readonly ear = new Ear();
  core = newCore();
  readonly said: number[] = [];
  /** What is under way to the server; null without a connection. */
  #up: (() => void)[] | null = null;
  #stopped = false;
  #now = 0;

  constructor() {
    this.#perform(this.core.start(0));
    this.#perform(this.core.send(START, 0));
  }

  say(samples: number): void {
    const pcm = Array.from({ length: 2 * samples }, (_, index) => (this.said.length + index) % 251);
    if (!this.#stopped) this.said.push(...pcm);
    this.#perform(this.core.audio(1, Uint8Array.from(pcm)));
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const stop: AudioStop = { type: "audio.stop", id: "b", turn: 1, bytes: this.core.state.recorded };
    this.#perform(this.core.send(stop, this.#now));
  }

  cut(code: number): void {
    if (this.#up === null) return;
    this.#lose();
    this.#perform(this.core.closed(code, this.#now));
  }

  crash(): void {
    this.ear.crash();
    this.cut(4104);
  }

  /** Another client goes on, with what this one has kept. */
  reload(): void {
    const { spoken } = this.core.state;
    this.#lose();
    const audio = this.core.recording(0, Infinity);
    this.core = newCore();
    if (spoken !== null) this.core.recall({ ...spoken, audio });
    this.#perform(this.core.start(this.#now));
  }

  up(): boolean {
    const arrive = this.#up?.shift();
    arrive?.();
    return arrive !== undefined;
  }

  down(): boolean {
    const message = this.#up === null ? undefined : this.ear.down.shift();
    if (message === undefined) return false;
    this.#perform(this.core.received(JSON.stringify(message), this.#now));
    return true;
  }

  wake(): void {
    const { wakeAt } = this.core;
    if (wakeAt === null) throw new Error("nothing to wait for");
    this.#now = Math.max(this.#now, wakeAt);
    this.#perform(this.core.tick(this.#now));
  }

  #lose(): void {
    this.#up = null;
    this.ear.cut();
  }

  #perform(outputs: Output[]): void {
    for (const output of outputs) this.#performOne(output);
  }

  #performOne(output: Output): void {
    switch (output.do) {
      case "connect":
        this.#up = [this.#opening(output.over === "websocket" ? output.opening : null)];
        return;
      case "disconnect":
        this.#lose();
        return;
      case "send":
        this.#up?.push(() => {
          this.ear.take(JSON.parse(output.frame) as AudioStart | AudioStop);
        });
        return;
      case "send_audio":
        this.#up?.push(this.#listening(output.frame));
        return;
      case "tell":
        expect(output.message.type).not.toBe("error");
        return;
      default:
    }
  }

  /** Only the WebSocket gets through here. */
  #opening(opening: SessionOpen | null): () => void {
    return () => {
      if (opening === null) this.cut(1006);
      else this.ear.open(opening);
    };
  }

  #listening(frame: Bytes): () => void {
    return () => {
      this.ear.listen(frame);
    };
  }
}

function happen(conversation: Conversation, random: () => number): void {
  const chance = random() * 18;
  if (chance < 4) conversation.say(Math.floor(random() * 1_000));
  else if (chance < 5) conversation.cut(CODES[Math.floor(random() * CODES.length)] ?? 1006);
  else if (chance < 6) conversation.crash();
  else if (chance < 7) conversation.wake();
  else if (chance < 12) conversation.up();
  else if (chance > 17) conversation.reload();
  else conversation.down();
}

/** Nothing goes wrong any more, until nothing of the answer is kept. */
function settle(conversation: Conversation): void {
  conversation.stop();
  for (let round = 0; round < PATIENCE; round += 1) {
    const { recorded, inFlight } = conversation.core.state;
    if (recorded === 0 && inFlight.length === 0) return;
    if (!conversation.up() && !conversation.down()) conversation.wake();
  }
  throw new Error("never at rest");
}

it("what was said is heard", () => {
  for (let seed = 1; seed <= ANSWERS; seed += 1) {
    const random = seeded(seed);
    const conversation = new Conversation();
    const stopAfter = Math.floor(random() * STEPS);
    for (let step = 0; step < STEPS; step += 1) {
      if (step === stopAfter) conversation.stop();
      happen(conversation, random);
    }
    settle(conversation);
    // Compared as a whole: element by element it would take its time.
    expect(conversation.ear.answer?.join() === conversation.said.join(), `seed ${seed}`).toBe(true);
  }
});
