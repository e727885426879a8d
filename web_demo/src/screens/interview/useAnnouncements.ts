/** What happens in the interview, said to those who listen: each thing once, when it is whole. */
import { useEffect, useRef } from "react";
import { useAnnounce } from "../../app/announcer.tsx";
import type { Score, ServerMessage } from "../../client/contract/types.ts";
import type { View } from "../../client/fold.ts";
import type { InterviewClient } from "../../client/networked/interview-client.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { isSupported, turnLabel } from "./turns.ts";
import { waitingText } from "./WaitingFor.tsx";

export function useAnnouncements(client: InterviewClient): void {
  const announce = useAnnounce();
  const text = useText();
  const words = useRef(text);
  useEffect(() => {
    words.current = text;
  }, [text]);
  useEffect(
    () =>
      client.onMessage((message) => {
        for (const sentence of sentencesFor(message, client.state.view, words.current)) announce(sentence);
      }),
    [client, announce],
  );
}

/** The sentences that a message is worth. */
export function sentencesFor(message: ServerMessage, view: View | null, text: Catalogue): string[] {
  const { interview } = text;
  switch (message.type) {
    case "question.completed":
      return [interview.saidQuestion(labelOf(message.turn, view, text), message.text)];
    case "hint.completed":
      return whole(message, interview.hintLabel);
    case "feedback.completed":
      return whole(message, interview.feedbackLabel);
    case "feedback.scored":
      return message.scores === null ? saidUnscored(message.reason, text) : saidScores(message.scores, text);
    case "interview.finished":
      return [interview.saidFinished];
    case "report.completed":
      return [interview.saidReport];
    case "generation.waiting":
      return [waitingText(message, text)];
    case "notice":
      return [message.message];
    default:
      return ofVoice(message, text);
  }
}

function ofVoice(message: ServerMessage, { voice }: Catalogue): string[] {
  if (message.type === "audio.stopped" && message.reason !== "requested")
    return [voice.ended[message.reason]];
  if (message.type === "transcript.completed" && message.needs_review) return [voice.saidReview];
  if (message.type === "answer.accepted" && message.source === "voice") return [voice.saidAccepted];
  return [];
}

function labelOf(number: number, view: View | null, text: Catalogue): string {
  const turn = view?.turns.find((candidate) => candidate.turn === number);
  return turn === undefined ? "" : turnLabel(turn, text);
}

/** What the user has stopped isn't read to him. */
function whole({ text, cancelled }: { text: string; cancelled: boolean }, label: string): string[] {
  return cancelled ? [] : [`${label}: ${text}`];
}

function saidScores(scores: readonly Score[], { interview }: Catalogue): string[] {
  return scores.map((one) => {
    const said = interview.saidScore(one.competency, one.score, one.max);
    return isSupported(one) ? said : interview.saidUnsupported(said);
  });
}

/** Without a reason it was the user who stopped the feedback. */
function saidUnscored(reason: string | null, { interview }: Catalogue): string[] {
  return reason === null ? [] : [`${interview.unscored} ${reason}`];
}
