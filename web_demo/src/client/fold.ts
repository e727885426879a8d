/**
 * The fold: from a view and the next event to the next view (`protocol.md` 3, 5 and 9).
 *
 * The view is a snapshot, kept up to date. It is never changed in place, and shares what an event left alone with the
 * one before it, so that comparing identities tells what changed. It is total: an event that doesn't fit what was seen
 * before, or that is unknown here, changes what it can and raises nothing. What is heard of a spoken answer while it is
 * being spoken (`transcript.partial`) is no part of a snapshot, so it is kept beside the view (`heardSoFar`).
 */
import type { Feedback, Interview, LogEvent, Snapshot, Stream, Turn } from "./contract/types.ts";

export type View = Snapshot;
export type Phase = Interview["phase"];
export type Streamed = Stream["what"];
type Kind = LogEvent["type"];
type EventOf<K extends Kind> = Extract<LogEvent, { type: K }>;

/** The view after `event`, which is the one behind the last that the view has seen. */
export function fold(view: View, event: LogEvent): View {
  const placed = { ...view, epoch: event.epoch, seq: event.seq };
  const change = changes[event.type] as ((view: View, event: LogEvent) => View) | undefined;
  const changed = change === undefined ? placed : change(placed, event);
  const phase = (enters as Partial<Record<Kind, Phase>>)[event.type];
  return phase === undefined ? changed : { ...changed, phase };
}

/** The text so far of an open stream, or null where none is open. */
export function streaming(view: View, what: Streamed, turn: number | null, lane = 0): string | null {
  return view.streaming.find((stream) => isStream(stream, what, turn, lane))?.text ?? null;
}

/** What was heard so far of the answer that is being spoken, after `event` (`protocol.md` 5: positions are code points). */
export function heardSoFar(partial: string, event: LogEvent): string {
  switch (event.type) {
    case "transcript.partial":
      return Array.from(partial).slice(0, event.from).join("") + event.text;
    case "audio.started":
    case "audio.cancelled":
    case "transcript.completed":
    case "answer.skipped":
    case "interview.finished":
      return "";
    default:
      return partial;
  }
}

/** How many code points of what was heard so far won't change any more, after `event`. */
export function stableSoFar(stable: number, event: LogEvent): number {
  if (event.type === "transcript.partial") return event.stable;
  return heardSoFar(".", event) === "" ? 0 : stable;
}

const enters = {
  "interview.started": "asking",
  "question.started": "asking",
  "question.completed": "answering",
  "audio.cancelled": "answering",
  "audio.started": "listening",
  "audio.stopped": "transcribing",
  "answer.accepted": "evaluating",
  "answer.skipped": "evaluating",
  "interview.finished": "reporting",
  "report.completed": "finished",
} satisfies Partial<Record<Kind, Phase>>;

type Changes = { [K in Kind]?: (view: View, event: EventOf<K>) => View };

const changes: Changes = {
  "interview.started": (view, { at, remaining_ms }) => ({ ...view, started_at: at, remaining_ms }),
  // What waited to begin doesn't wait any more; the scores of what was said still do.
  "interview.paused": (view, { remaining_ms }) => ({
    ...view,
    paused: true,
    remaining_ms,
    waiting: view.waiting.filter(({ what }) => what === "scores"),
  }),
  "interview.resumed": (view, { remaining_ms }) => ({ ...view, paused: false, remaining_ms }),
  "interview.finished": (view, { at, reason }) => ({
    ...view,
    paused: false,
    finished_at: at,
    finish_reason: reason,
    remaining_ms: null,
    failed: null,
    waiting: [],
    streaming: [],
    speaking: false,
  }),

  "question.started": (view, { turn, number, kind, topic, parent_turn }) => {
    const asked = { ...unanswered, turn, number, kind, topic, parent_turn };
    const turns = [...view.turns.slice(0, turn - 1), asked];
    return open({ ...view, turns, failed: null }, { what: "question", turn, lane: 0, text: "" });
  },
  "question.delta": (view, { turn, text }) => append(view, "question", turn, 0, text),
  "question.completed": (view, { turn, text }) =>
    inTurn(close(view, "question", turn), turn, () => ({ question: text })),

  "hint.started": (view, { turn }) => open(view, { what: "hint", turn, lane: 0, text: "" }),
  "hint.delta": (view, { turn, text }) => append(view, "hint", turn, 0, text),
  "hint.completed": (view, { turn, text, cancelled }) =>
    inTurn(close(view, "hint", turn), turn, ({ hints }) => ({ hints: [...hints, { text, cancelled }] })),

  "audio.started": silent,
  "audio.stopped": silent,
  "audio.cancelled": (view, { turn }) => inTurn(silent(view), turn, () => ({ transcript: null })),
  "speech.started": (view) => ({ ...view, speaking: true }),
  "speech.stopped": silent,
  "transcript.completed": (view, { turn, text, language, confidence, duration_ms, needs_review }) => {
    const transcript = { text, language, confidence, duration_ms, needs_review };
    const heard = inTurn(view, turn, () => ({ transcript }));
    return needs_review ? { ...heard, phase: "reviewing" } : heard;
  },

  "answer.accepted": (view, { turn, text, source, delivery }) =>
    inTurn(noLongerWaiting(view, "hint", turn, 0), turn, () => ({ answer: text, source, delivery })),
  "answer.skipped": (view, { turn }) =>
    inTurn(silent(noLongerWaiting(view, "hint", turn, 0)), turn, () => ({ skipped: true })),

  "feedback.started": (view, { turn, lane }) => open(view, { what: "feedback", turn, lane, text: "" }),
  "feedback.delta": (view, { turn, lane, text }) => append(view, "feedback", turn, lane, text),
  "feedback.completed": (view, { turn, lane, model, text, cancelled }) =>
    inTurn(close(view, "feedback", turn, lane), turn, ({ feedback }) => ({
      feedback: byLane([
        ...feedback.filter((other) => other.lane !== lane),
        { lane, model, text, scores: null, cancelled },
      ]),
    })),
  "feedback.scored": (view, { turn, lane, scores }) =>
    inTurn(noLongerWaiting(view, "scores", turn, lane), turn, ({ feedback }) => ({
      feedback: feedback.map((given) => (given.lane === lane ? { ...given, scores } : given)),
    })),

  "rival.started": (view, { turn }) => open(view, { what: "rival", turn, lane: 0, text: "" }),
  "rival.delta": (view, { turn, text }) => append(view, "rival", turn, 0, text),
  "rival.completed": (view, { turn, text }) =>
    inTurn(close(view, "rival", turn), turn, () => ({ rival: text })),

  "generation.waiting": (view, { what, turn, lane, reason, retry_after_ms }) => {
    const others = noLongerWaiting(view, what, turn, lane);
    return { ...others, waiting: [...others.waiting, { what, turn, lane, reason, retry_after_ms }] };
  },
  "generation.failed": (view, { what, turn, lane, code, message, retrying, retryable }) => {
    const closed =
      what === "scores" ? noLongerWaiting(view, what, turn, lane) : close(view, what, turn, lane);
    if (retrying || (what !== "question" && what !== "report")) return closed;
    return { ...closed, failed: { what, turn, lane, code, message, retryable } };
  },

  "report.started": (view) =>
    open({ ...view, failed: null }, { what: "report", turn: null, lane: 0, text: "" }),
  "report.delta": (view, { text }) => append(view, "report", null, 0, text),
  "report.completed": (view, { report }) => ({ ...close(view, "report", null), report }),
};

const unanswered: Omit<Turn, "turn" | "number" | "kind" | "topic" | "parent_turn"> = {
  question: null,
  hints: [],
  transcript: null,
  answer: null,
  source: null,
  delivery: null,
  skipped: false,
  feedback: [],
  rival: null,
};

function inTurn(view: View, turn: number, change: (turn: Turn) => Partial<Turn>): View {
  return {
    ...view,
    turns: view.turns.map((old) => (old.turn === turn ? { ...old, ...change(old) } : old)),
  };
}

function silent(view: View): View {
  return { ...view, speaking: false };
}

function byLane(feedback: Feedback[]): Feedback[] {
  return feedback.sort((one, other) => one.lane - other.lane);
}

interface Keyed {
  what: string;
  turn: number | null;
  lane: number;
}

function isStream(item: Keyed, what: string, turn: number | null, lane: number): boolean {
  return item.what === what && item.turn === turn && item.lane === lane;
}

function open(view: View, stream: Stream): View {
  const others = close(view, stream.what, stream.turn, stream.lane);
  return { ...others, streaming: [...others.streaming, stream] };
}

/** Without that stream, and without what was said about waiting for it. */
function close(view: View, what: Streamed, turn: number | null, lane = 0): View {
  const rest = view.streaming.filter((stream) => !isStream(stream, what, turn, lane));
  return { ...noLongerWaiting(view, what, turn, lane), streaming: rest };
}

function noLongerWaiting(view: View, what: string, turn: number | null, lane: number): View {
  if (view.waiting.length === 0) return view;
  return { ...view, waiting: view.waiting.filter((item) => !isStream(item, what, turn, lane)) };
}

function append(view: View, what: Streamed, turn: number | null, lane: number, text: string): View {
  return {
    ...view,
    streaming: view.streaming.map((stream) =>
      isStream(stream, what, turn, lane) ? { ...stream, text: stream.text + text } : stream,
    ),
  };
}
