/** Messages as a server sends them, with what doesn't matter filled in. */
import type { LogEvent, SessionOpened, Snapshot, Turn } from "../../src/client/contract/types.ts";

/** An event without its place in the log. */
export type Happening = LogEvent extends infer E
  ? E extends LogEvent
    ? Omit<E, "epoch" | "seq" | "at">
    : never
  : never;

export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    id: "i1",
    epoch: 1,
    seq: 0,
    phase: "created",
    paused: false,
    created_at: 1_000,
    started_at: null,
    finished_at: null,
    finish_reason: null,
    remaining_ms: null,
    config: {
      role: "backend",
      level: null,
      language: "en",
      persona: "neutral",
      questions: 2,
      follow_ups: 1,
      feedback: "each",
      time_limit_s: null,
      job_description: null,
      document_ids: null,
      question_list: null,
      competencies: null,
      models: null,
      rival: null,
    },
    turns: [],
    failed: null,
    waiting: [],
    report: null,
    streaming: [],
    speaking: false,
    ...changes,
  };
}

export function turn(changes: Partial<Turn> = {}): Turn {
  return {
    turn: 1,
    number: 1,
    kind: "main",
    topic: "teamwork",
    parent_turn: null,
    question: "Tell me about your team.",
    hints: [],
    transcript: null,
    answer: null,
    source: null,
    delivery: null,
    skipped: false,
    feedback: [],
    rival: null,
    ...changes,
  };
}

export function placed(happening: Happening, seq: number, { epoch = 1, at = 1_000 } = {}): LogEvent {
  return { ...happening, epoch, seq, at };
}

export function log(...happenings: Happening[]): LogEvent[] {
  return happenings.map((happening, index) => placed(happening, index + 1));
}

export function opened(changes: Partial<SessionOpened> = {}): SessionOpened {
  return {
    type: "session.opened",
    re: "open-1",
    protocol: "viva.v1",
    epoch: 1,
    seq: 0,
    resumed: false,
    heartbeat_ms: 20_000,
    limits: {
      max_frame_bytes: 65_536,
      max_answer_chars: 10_000,
      max_answer_ms: 600_000,
      max_audio_bytes: 26_214_400,
      commands_per_second: 20,
    },
    capabilities: {
      voice: false,
      voice_unavailable: "no speech model",
      languages: ["en", "ko"],
      roles: ["backend"],
      personas: ["neutral", "friendly", "pressing"],
      models: ["offline"],
    },
    ...changes,
  };
}

export const asked = (turnNumber: number, text: string): Happening[] => [
  {
    type: "question.started",
    turn: turnNumber,
    number: turnNumber,
    kind: "main",
    topic: "teamwork",
    parent_turn: null,
  },
  { type: "question.delta", turn: turnNumber, text },
  { type: "question.completed", turn: turnNumber, text },
];
