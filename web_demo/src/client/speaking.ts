/**
 * The answer that is being spoken, if there is one: when it begins, when its audio may be sent, and when it is over
 * (`protocol.md` 6). What the log says counts, not what was asked for: acks have no fixed place among the events.
 */
import { type CommandsInFlight, isSame } from "./in-flight.ts";
import type { AudioProgress, Command, LogEvent, Snapshot } from "./contract/types.ts";
import type { Bytes, KeptAnswer, Spoken } from "./data.ts";
import { SpokenAnswer } from "./voice.ts";

/** At most one answer at a time. */
export class Speaking {
  #answer: SpokenAnswer | null = null;
  /** The answer that the application is dropping, by the id of its start. */
  #unwanted: string | null = null;
  #dropped = false;

  /** Whether an answer's audio is kept. */
  get now(): boolean {
    return this.#answer !== null;
  }

  /** Bytes of audio so far. */
  get recorded(): number {
    return this.#answer?.recorded ?? 0;
  }

  /** What can be seen of the answer. */
  get spoken(): Spoken | null {
    return this.#answer?.spoken ?? null;
  }

  /** Whether the last answer was dropped by somebody else, and nothing has taken its place yet. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** The answer's audio in [from, to), as far as it is here. */
  audio(from: number, to: number): Bytes {
    return this.#answer?.audio(from, to) ?? new Uint8Array();
  }

  /** What to send now. */
  frames(maxFrameBytes: number): Bytes[] {
    return this.#answer?.frames(maxFrameBytes) ?? [];
  }

  /** Audio of `turn`; passed over if no such answer is being spoken any more. */
  record(turn: number, pcm: Uint8Array, maxAnswerMs: number): void {
    this.#of(turn)?.record(pcm, maxAnswerMs);
  }

  /** An answer from a client that is gone. Throws where one is kept already. */
  recall({ start, started, audio, stop }: KeptAnswer): void {
    if (this.#answer !== null) throw new Error(`Turn ${this.#answer.turn} is being answered already`);
    const answer = new SpokenAnswer(start);
    answer.started = started;
    answer.recall(audio);
    if (stop !== null) answer.stopped(stop);
    this.#answer = answer;
  }

  /** Throws where `command` begins an answer while another one is kept. */
  check(command: Command): void {
    const answer = this.#answer;
    if (command.type === "audio.start" && answer !== null && !isSame(answer.start, command)) {
      throw new Error(`Turn ${answer.turn} is being answered already`);
    }
  }

  /** `command` is on its way. */
  given(command: Command): void {
    if (command.type === "audio.start") {
      this.#answer ??= new SpokenAnswer(command);
      this.#dropped = false;
    }
    if (command.type === "audio.stop") this.#of(command.turn)?.stopped(command);
    if (command.type === "audio.cancel") this.#unwanted = this.#of(command.turn)?.start.id ?? null;
  }

  /**
   * Puts in flight what may not have taken effect, because the client that gave it is gone. The
   * ids stay, so that it takes effect once (`protocol.md` 4).
   */
  giveAgain(commands: CommandsInFlight): void {
    for (const command of this.#answer?.unanswered ?? []) commands.add(command);
  }

  acked(command: Command): void {
    if (command.type === "audio.cancel") this.#drop(command.turn);
  }

  refused(command: Command): void {
    const answer = this.#answer;
    if (answer === null) return;
    if (command.type === "audio.cancel") this.#unwanted = null;
    // Where nobody listens and there is nothing to cancel, the answer is over.
    const over = command.type === "audio.cancel" && command.turn === answer.turn && !answer.live;
    if (over || isSame(answer.start, command)) this.#answer = null;
    else if (command.type === "audio.stop") answer.goOn(command);
  }

  disconnected(): void {
    if (this.#answer !== null) this.#answer.live = false;
  }

  /** Commands in flight were given up. An answer that was being dropped is gone, however far the server is. */
  abandoned(): void {
    this.disconnected();
    if (this.#answer?.start.id === this.#unwanted) this.#answer = null;
  }

  /**
   * A session was opened that goes on where the last one ended. Where another answer is open than the one kept here,
   * this one was dropped meanwhile.
   */
  resumed(progress: AudioProgress | undefined): void {
    const answer = this.#answer;
    if (answer === null || progress === undefined) return;
    if (answer.start.id === progress.id) answer.opened(progress.received, progress.bytes);
    else this.#isDropped();
  }

  /** A session was opened with a snapshot. `asked`: an `audio.start` is still in flight. */
  replaced({ phase, turns }: Snapshot, progress: AudioProgress | undefined, asked: boolean): void {
    this.resumed(progress);
    const answer = this.#answer;
    if (answer === null) return;
    const turn = turns[answer.turn - 1];
    const unanswered = turn?.answer === null && !turn.skipped;
    const waits = asked || (phase === "reviewing" && turn === turns.at(-1));
    if (answer.live || (unanswered && waits)) return;
    if (unanswered) this.#isDropped();
    else this.#answer = null;
  }

  /** The log has `event`. `past`: from before the connection was opened. */
  told(event: LogEvent, past: boolean): void {
    switch (event.type) {
      case "interview.finished":
        this.#answer = null;
        this.#dropped = false;
        return;
      case "answer.accepted":
      case "answer.skipped":
        this.#drop(event.turn);
        this.#dropped = false;
        return;
      case "audio.started":
        this.#started(event.turn, past);
        return;
      case "audio.stopped":
        this.#begun(event.turn)?.end(event.bytes);
        return;
      case "audio.cancelled":
        if (this.#begun(event.turn) !== null) this.#isDropped();
        return;
      default:
    }
  }

  /** `audio.received`. */
  received(turn: number, received: number): void {
    this.#of(turn)?.acknowledged(received);
  }

  /** `audio_gap`, with its `details.received`. */
  missing(received: unknown): void {
    if (Number.isInteger(received) && (received as number) >= 0) this.#answer?.missing(received as number);
  }

  /** Whether the server waits for audio that isn't here: then nobody has it. */
  misses({ id, received, bytes }: AudioProgress): boolean {
    const whole = bytes !== null && received >= bytes;
    return !whole && this.#answer?.start.id !== id;
  }

  #started(turn: number, past: boolean): void {
    const answer = this.#of(turn);
    if (answer === null) return;
    if (past) answer.started = true;
    else answer.opened(0);
  }

  /** The answer was dropped, here or by somebody else. */
  #isDropped(): void {
    this.#dropped = this.#answer?.start.id !== this.#unwanted;
    this.#answer = null;
  }

  #drop(turn: number): void {
    if (this.#of(turn) !== null) this.#answer = null;
  }

  /** The answer, if the log has it begun; before that, what is told of the turn is about one before it. */
  #begun(turn: number): SpokenAnswer | null {
    const answer = this.#of(turn);
    return answer?.started === true ? answer : null;
  }

  /** The answer, if it is to that turn. */
  #of(turn: number): SpokenAnswer | null {
    return this.#answer?.turn === turn ? this.#answer : null;
  }
}
