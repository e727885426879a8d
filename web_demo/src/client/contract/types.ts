// Generated from schema.json by `npm run contract`; the schema by `python -m protocol.reference`. Not edited by hand.
/**
 * Everything that viva.v1 speaks of.
 */
export type Contract =
  | Ack
  | AnswerAccepted
  | AnswerSkipped
  | AnswerSubmit
  | AudioCancel
  | AudioCancelled
  | AudioProgress
  | AudioReceived
  | AudioStart
  | AudioStarted
  | AudioStop
  | AudioStopped
  | Capabilities
  | ClientMessage
  | Command
  | Comparison
  | Competency
  | CompetencyResult
  | Config
  | Delivery
  | ErrorMessage
  | Failure
  | Feedback
  | FeedbackCompleted
  | FeedbackDelta
  | FeedbackScored
  | FeedbackStarted
  | GenerationCancel
  | GenerationFailed
  | GenerationRetry
  | GenerationWaiting
  | Hint
  | HintCompleted
  | HintDelta
  | HintRequest
  | HintStarted
  | Interview
  | InterviewFinish
  | InterviewFinished
  | InterviewPause
  | InterviewPaused
  | InterviewResume
  | InterviewResumed
  | InterviewStart
  | InterviewStarted
  | LaneScore
  | Limits
  | LogEvent
  | Mark
  | NewInterview
  | Notice
  | Ping
  | Pong
  | Position
  | QuestionCompleted
  | QuestionDelta
  | QuestionSkip
  | QuestionStarted
  | Quote
  | Report
  | ReportCompleted
  | ReportDelta
  | ReportStarted
  | RivalCompleted
  | RivalDelta
  | RivalStarted
  | Score
  | ServerDraining
  | ServerMessage
  | SessionOpen
  | SessionOpened
  | Snapshot
  | Span
  | SpeechStarted
  | SpeechStopped
  | Stream
  | Transcript
  | TranscriptCompleted
  | TranscriptPartial
  | Turn
  | TurnComparison
  | TurnReport
  | Waiting
  | Word;
export type ClientMessage =
  | SessionOpen
  | Ping
  | InterviewStart
  | AnswerSubmit
  | AudioStart
  | AudioStop
  | AudioCancel
  | QuestionSkip
  | HintRequest
  | GenerationCancel
  | GenerationRetry
  | InterviewPause
  | InterviewResume
  | InterviewFinish;
export type Command =
  | InterviewStart
  | AnswerSubmit
  | AudioStart
  | AudioStop
  | AudioCancel
  | QuestionSkip
  | HintRequest
  | GenerationCancel
  | GenerationRetry
  | InterviewPause
  | InterviewResume
  | InterviewFinish;
export type LogEvent =
  | InterviewStarted
  | InterviewPaused
  | InterviewResumed
  | QuestionStarted
  | QuestionDelta
  | QuestionCompleted
  | AudioStarted
  | AudioStopped
  | AudioCancelled
  | SpeechStarted
  | SpeechStopped
  | TranscriptPartial
  | TranscriptCompleted
  | AnswerAccepted
  | AnswerSkipped
  | HintStarted
  | HintDelta
  | HintCompleted
  | FeedbackStarted
  | FeedbackDelta
  | FeedbackCompleted
  | FeedbackScored
  | RivalStarted
  | RivalDelta
  | RivalCompleted
  | GenerationWaiting
  | GenerationFailed
  | InterviewFinished
  | ReportStarted
  | ReportDelta
  | ReportCompleted
  | Notice;
export type ServerMessage =
  | SessionOpened
  | Ack
  | ErrorMessage
  | Pong
  | AudioReceived
  | ServerDraining
  | InterviewStarted
  | InterviewPaused
  | InterviewResumed
  | QuestionStarted
  | QuestionDelta
  | QuestionCompleted
  | AudioStarted
  | AudioStopped
  | AudioCancelled
  | SpeechStarted
  | SpeechStopped
  | TranscriptPartial
  | TranscriptCompleted
  | AnswerAccepted
  | AnswerSkipped
  | HintStarted
  | HintDelta
  | HintCompleted
  | FeedbackStarted
  | FeedbackDelta
  | FeedbackCompleted
  | FeedbackScored
  | RivalStarted
  | RivalDelta
  | RivalCompleted
  | GenerationWaiting
  | GenerationFailed
  | InterviewFinished
  | ReportStarted
  | ReportDelta
  | ReportCompleted
  | Notice;

export interface Ack {
  type: "ack";
  re: string;
  epoch: number;
  seq: number;
  repeated: boolean;
}
export interface AnswerAccepted {
  type: "answer.accepted";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
  source: "text" | "voice";
  delivery: Delivery | null;
}
/**
 * How a spoken answer was delivered.
 */
export interface Delivery {
  duration_ms: number;
  speech_ms: number;
  pace: number;
  pace_unit: "syllables_per_minute" | "words_per_minute";
  fillers: Mark[];
  pauses: Span[];
  hedges: Mark[];
  repeated: Mark[];
}
/**
 * A word or phrase and where it was said, in milliseconds of the answer's audio.
 */
export interface Mark {
  text: string;
  at_ms: number;
}
export interface Span {
  start_ms: number;
  end_ms: number;
}
export interface AnswerSkipped {
  type: "answer.skipped";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
}
export interface AnswerSubmit {
  type: "answer.submit";
  id: string;
  turn: number;
  text: string;
}
export interface AudioCancel {
  type: "audio.cancel";
  id: string;
  turn: number;
}
export interface AudioCancelled {
  type: "audio.cancelled";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
}
/**
 * How far a voice answer has come. `id`: of the command that opened it, by which a client knows
 * its own. `bytes`: its whole length, null until stopped.
 */
export interface AudioProgress {
  id: string;
  turn: number;
  received: number;
  bytes: number | null;
  partial: string;
}
export interface AudioReceived {
  type: "audio.received";
  turn: number;
  received: number;
}
export interface AudioStart {
  type: "audio.start";
  id: string;
  turn: number;
  sample_rate: number;
  silence_ms?: number | null;
  review?: boolean;
}
export interface AudioStarted {
  type: "audio.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  sample_rate: number;
  silence_ms: number | null;
  review: boolean;
}
export interface AudioStop {
  type: "audio.stop";
  id: string;
  turn: number;
  bytes: number;
}
export interface AudioStopped {
  type: "audio.stopped";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  bytes: number;
  reason: "limit" | "requested" | "silence";
}
/**
 * What this server can do. `voice_unavailable` is the reason where `voice` is false.
 */
export interface Capabilities {
  voice: boolean;
  voice_unavailable: string | null;
  languages: ("en" | "ko")[];
  roles: string[];
  personas: ("friendly" | "neutral" | "pressing")[];
  models: string[];
}
/**
 * The first message of a WebSocket. Its `id` is no command id.
 */
export interface SessionOpen {
  type: "session.open";
  id: string;
  token?: string | null;
  ticket?: string | null;
  role?: "candidate" | "observer";
  resume?: Position | null;
}
/**
 * A place in an interview's history: everything through `seq` of `epoch` was received.
 */
export interface Position {
  epoch: number;
  seq: number;
}
export interface Ping {
  type: "ping";
  nonce?: string | number | null;
}
export interface InterviewStart {
  type: "interview.start";
  id: string;
}
export interface QuestionSkip {
  type: "question.skip";
  id: string;
  turn: number;
}
export interface HintRequest {
  type: "hint.request";
  id: string;
  turn: number;
}
export interface GenerationCancel {
  type: "generation.cancel";
  id: string;
  turn: number;
  what: "feedback" | "hint";
}
export interface GenerationRetry {
  type: "generation.retry";
  id: string;
}
export interface InterviewPause {
  type: "interview.pause";
  id: string;
}
export interface InterviewResume {
  type: "interview.resume";
  id: string;
}
export interface InterviewFinish {
  type: "interview.finish";
  id: string;
}
export interface Comparison {
  winner: "candidate" | "draw" | "rival";
  candidate: number | null;
  rival: number | null;
  turns: TurnComparison[];
  lessons: string[];
}
export interface TurnComparison {
  turn: number;
  candidate: number | null;
  rival: number | null;
  comment: string;
}
/**
 * One thing that is judged, in a team's own words.
 */
export interface Competency {
  name: string;
  description: string;
}
export interface CompetencyResult {
  competency: string;
  score: number | null;
  max: number;
  evidence: Quote[];
}
export interface Quote {
  turn: number;
  quote: string;
}
/**
 * What an interview was asked to be: the body of `POST /interviews`, defaults filled.
 *
 * `questions` counts main questions (ignored where `question_list` names them); `follow_ups` is
 * the most that each of them may have; `models`, no two the same, opens one feedback lane each.
 */
export interface Config {
  role: string;
  level: string | null;
  language: "en" | "ko";
  persona: "friendly" | "neutral" | "pressing";
  questions: number;
  follow_ups: number;
  feedback: "each" | "end";
  time_limit_s: number | null;
  job_description: string | null;
  document_ids: string[] | null;
  question_list: string[] | null;
  competencies: Competency[] | null;
  models: string[] | null;
  rival: ("advanced" | "beginner" | "intermediate") | null;
}
export interface ErrorMessage {
  type: "error";
  re: string | null;
  code: string;
  message: string;
  retryable: boolean;
  details: {
    [k: string]: unknown;
  };
}
/**
 * A failed question or report, which holds the interview until `generation.retry`.
 */
export interface Failure {
  what: "feedback" | "hint" | "question" | "report" | "rival" | "scores";
  turn: number | null;
  lane: number;
  code: string;
  message: string;
  retryable: boolean;
}
/**
 * A lane's review of an answer. `scores` is null until scored, and stays so if it can't be.
 */
export interface Feedback {
  lane: number;
  model: string;
  text: string;
  scores: Score[] | null;
  cancelled: boolean;
}
/**
 * A judgement of one competency, `score` of `max`, with the answer's own words behind it.
 *
 * `supported`: such words were found, or none are needed, as for a score of 0. One that isn't
 * supported counts in no result.
 */
export interface Score {
  competency: string;
  score: number;
  max: number;
  evidence: string[];
  supported: boolean;
}
export interface FeedbackCompleted {
  type: "feedback.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  lane: number;
  model: string;
  text: string;
  cancelled: boolean;
}
export interface FeedbackDelta {
  type: "feedback.delta";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  lane: number;
  text: string;
}
/**
 * `scores`, or null and the `reason` why there are none.
 */
export interface FeedbackScored {
  type: "feedback.scored";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  lane: number;
  scores: Score[] | null;
  reason: string | null;
}
export interface FeedbackStarted {
  type: "feedback.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  lane: number;
  model: string;
}
export interface GenerationFailed {
  type: "generation.failed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number | null;
  what: "feedback" | "hint" | "question" | "report" | "rival" | "scores";
  lane: number;
  code: string;
  message: string;
  retrying: boolean;
  retryable: boolean;
}
export interface GenerationWaiting {
  type: "generation.waiting";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number | null;
  what: "feedback" | "hint" | "question" | "report" | "rival" | "scores";
  lane: number;
  reason: "failover" | "rate_limited";
  retry_after_ms: number;
}
export interface Hint {
  text: string;
  cancelled: boolean;
}
export interface HintCompleted {
  type: "hint.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
  cancelled: boolean;
}
export interface HintDelta {
  type: "hint.delta";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
}
export interface HintStarted {
  type: "hint.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
}
/**
 * The interview as `GET /interviews/{id}` answers it.
 */
export interface Interview {
  epoch: number;
  seq: number;
  id: string;
  phase:
    | "answering"
    | "asking"
    | "created"
    | "evaluating"
    | "finished"
    | "listening"
    | "reporting"
    | "reviewing"
    | "transcribing";
  paused: boolean;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  finish_reason: ("completed" | "requested" | "time_limit") | null;
  remaining_ms: number | null;
  config: Config;
  turns: Turn[];
  failed: Failure | null;
  waiting: Waiting[];
  report: Report | null;
}
/**
 * A question and all that became of it. `question` is null until its text is committed.
 */
export interface Turn {
  turn: number;
  number: number;
  kind: "follow_up" | "main";
  topic: string;
  parent_turn: number | null;
  question: string | null;
  hints: Hint[];
  transcript: Transcript | null;
  answer: string | null;
  source: ("text" | "voice") | null;
  delivery: Delivery | null;
  skipped: boolean;
  feedback: Feedback[];
  rival: string | null;
}
/**
 * What was heard; `confidence` from 0 to 1.
 */
export interface Transcript {
  text: string;
  language: "en" | "ko";
  confidence: number;
  duration_ms: number;
  needs_review: boolean;
}
/**
 * Something that a model has been asked for and can't deliver yet.
 */
export interface Waiting {
  what: "feedback" | "hint" | "question" | "report" | "rival" | "scores";
  turn: number | null;
  lane: number;
  reason: "failover" | "rate_limited";
  retry_after_ms: number;
}
/**
 * How the interview went; `score` of `max`, null where nothing could be scored.
 */
export interface Report {
  text: string;
  score: number | null;
  max: number;
  competencies: CompetencyResult[];
  strengths: string[];
  improvements: string[];
  turns: TurnReport[];
  unscored: number[];
  comparison: Comparison | null;
  lanes: LaneScore[];
}
export interface TurnReport {
  turn: number;
  summary: string;
  better_answer: string | null;
}
export interface LaneScore {
  lane: number;
  model: string;
  score: number | null;
}
export interface InterviewFinished {
  type: "interview.finished";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  reason: "completed" | "requested" | "time_limit";
}
export interface InterviewPaused {
  type: "interview.paused";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  remaining_ms: number | null;
}
export interface InterviewResumed {
  type: "interview.resumed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  remaining_ms: number | null;
}
export interface InterviewStarted {
  type: "interview.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  remaining_ms: number | null;
}
/**
 * What a server takes at most; a frame counts whole, a binary one with its header.
 */
export interface Limits {
  max_frame_bytes: number;
  max_answer_chars: number;
  max_answer_ms: number;
  max_audio_bytes: number;
  commands_per_second: number;
}
export interface QuestionStarted {
  type: "question.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  number: number;
  kind: "follow_up" | "main";
  topic: string;
  parent_turn: number | null;
}
export interface QuestionDelta {
  type: "question.delta";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
}
export interface QuestionCompleted {
  type: "question.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
}
export interface SpeechStarted {
  type: "speech.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  at_ms: number;
}
export interface SpeechStopped {
  type: "speech.stopped";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  at_ms: number;
}
/**
 * `text` replaces all from code point `from_` on; the first `stable` code points won't change
 * again.
 */
export interface TranscriptPartial {
  type: "transcript.partial";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  from: number;
  text: string;
  stable: number;
}
export interface TranscriptCompleted {
  type: "transcript.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
  language: "en" | "ko";
  confidence: number;
  duration_ms: number;
  needs_review: boolean;
}
export interface RivalStarted {
  type: "rival.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
}
export interface RivalDelta {
  type: "rival.delta";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
}
export interface RivalCompleted {
  type: "rival.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  turn: number;
  text: string;
}
export interface ReportStarted {
  type: "report.started";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
}
export interface ReportDelta {
  type: "report.delta";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  text: string;
}
export interface ReportCompleted {
  type: "report.completed";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  text: string;
  report: Report;
}
export interface Notice {
  type: "notice";
  epoch: number;
  seq: number;
  /**
   * When it was first written, Unix milliseconds.
   */
  at: number;
  code: string;
  message: string;
}
/**
 * What an interview was asked to be: the body of `POST /interviews`, defaults filled.
 *
 * `questions` counts main questions (ignored where `question_list` names them); `follow_ups` is
 * the most that each of them may have; `models`, no two the same, opens one feedback lane each.
 */
export interface NewInterview {
  role: string;
  level?: string | null;
  language?: "en" | "ko";
  persona?: "friendly" | "neutral" | "pressing";
  questions?: number;
  follow_ups?: number;
  feedback?: "each" | "end";
  time_limit_s?: number | null;
  job_description?: string | null;
  document_ids?: string[] | null;
  question_list?: string[] | null;
  competencies?: Competency[] | null;
  models?: string[] | null;
  rival?: ("advanced" | "beginner" | "intermediate") | null;
}
export interface Pong {
  type: "pong";
  nonce?: string | number;
}
export interface ServerDraining {
  type: "server.draining";
  reconnect_within_ms: number;
}
export interface SessionOpened {
  type: "session.opened";
  re: string | null;
  epoch: number;
  seq: number;
  resumed: boolean;
  heartbeat_ms: number;
  limits: Limits;
  capabilities: Capabilities;
  snapshot?: Snapshot;
  audio?: AudioProgress;
  protocol: string;
}
/**
 * The interview with what is streaming into it, at a position. Flat on the wire.
 */
export interface Snapshot {
  epoch: number;
  seq: number;
  id: string;
  phase:
    | "answering"
    | "asking"
    | "created"
    | "evaluating"
    | "finished"
    | "listening"
    | "reporting"
    | "reviewing"
    | "transcribing";
  paused: boolean;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  finish_reason: ("completed" | "requested" | "time_limit") | null;
  remaining_ms: number | null;
  config: Config;
  turns: Turn[];
  failed: Failure | null;
  waiting: Waiting[];
  report: Report | null;
  streaming: Stream[];
  speaking: boolean;
}
/**
 * An open stream and its text so far. `turn` is null for the report; `model` stays off the
 * wire.
 */
export interface Stream {
  what: "feedback" | "hint" | "question" | "report" | "rival";
  turn: number | null;
  lane: number;
  text: string;
}
/**
 * A word of a transcript, with its place in the audio and its probability (0 to 1).
 */
export interface Word {
  text: string;
  start_ms: number;
  end_ms: number;
  probability: number;
}
