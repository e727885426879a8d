/** Where a spoken answer stands, put together from the interview, the client and the microphone. */
import type { Spoken } from "../../../client/core.ts";
import type { View } from "../../../client/fold.ts";
import type { Recording } from "../../../microphone/recorder.ts";

/**
 * `written`: nobody speaks. `opening`: the microphone is being opened. `speaking`: it is heard. `waiting`: an answer is
 * open here, and nothing is heard of it, as after a reload. `transcribing`: it has ended. `elsewhere`: another device has it.
 */
export type Stage = "written" | "opening" | "speaking" | "waiting" | "transcribing" | "elsewhere";

export function stageOf({ phase }: View, spoken: Spoken | null, recording: Recording): Stage {
  if (recording.status === "opening") return "opening";
  if (phase === "transcribing") return "transcribing";
  const open = spoken !== null && (phase === "answering" || phase === "listening");
  if (!open) return phase === "listening" ? "elsewhere" : "written";
  if (recording.status === "closing" || spoken.bytes !== null) return "transcribing";
  return recording.status === "on" ? "speaking" : "waiting";
}
