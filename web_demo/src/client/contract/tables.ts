// Generated from schema.json by `npm run contract`; the schema by `python -m protocol.reference`. Not edited by hand.

/** Which commands a phase takes (`protocol.md` 4). */
export const LEGAL = {
  created: ["interview.start"],
  asking: ["generation.retry", "interview.finish", "interview.pause"],
  answering: [
    "answer.submit",
    "audio.start",
    "hint.request",
    "interview.finish",
    "interview.pause",
    "question.skip",
  ],
  listening: ["audio.cancel", "audio.stop", "hint.request", "interview.finish"],
  transcribing: ["audio.cancel", "interview.finish"],
  reviewing: ["answer.submit", "audio.cancel", "interview.finish", "interview.pause", "question.skip"],
  evaluating: ["interview.finish", "interview.pause"],
  reporting: ["generation.retry"],
  finished: [],
} as const;

/** Which commands are taken while the interview is paused, whatever its phase. */
export const LEGAL_WHILE_PAUSED = ["generation.cancel", "interview.finish", "interview.resume"] as const;

/** What a close code tells a client to do (`protocol.md` 8). */
export const CLOSE_ACTIONS = {
  "1000": "done",
  "1001": "reconnect",
  "1002": "stop",
  "1003": "stop",
  "1006": "reconnect",
  "1007": "stop",
  "1009": "stop",
  "1011": "reconnect",
  "1012": "reconnect",
  "1013": "reconnect",
  "4100": "reconnect_now",
  "4101": "reconnect",
  "4103": "reconnect",
  "4104": "reconnect",
  "4106": "reconnect",
  "4400": "stop",
  "4401": "renew_token",
  "4403": "stop",
  "4404": "stop",
  "4408": "stop",
  "4409": "stop",
} as const;

/** The error codes (`protocol.md` 7). */
export const ERROR_CODES = [
  "malformed",
  "unknown_type",
  "unauthenticated",
  "forbidden",
  "not_found",
  "not_acceptable",
  "wrong_phase",
  "wrong_turn",
  "id_reused",
  "too_large",
  "audio_gap",
  "audio_not_open",
  "audio_format",
  "unsupported_media",
  "rate_limited",
  "voice_unavailable",
  "overloaded",
  "draining",
  "storage_unavailable",
  "internal",
] as const;
