/** Makes the interview. Tried again, it is the same one: the key stays until something else is asked for. */
import { useRef, useState } from "react";
import { type Problem, problemOf } from "../../app/problem.ts";
import { goTo } from "../../app/route.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import { HttpError } from "../../client/networked/http.ts";
import { type Choices, type Material, newInterview } from "./choices.ts";

export interface Start {
  starting: boolean;
  problem: Problem | null;
  start: (choices: Choices, material: Material) => Promise<void>;
}

/** `onDocumentGone`: a document that was chosen isn't there any more. */
export function useStart(onDocumentGone: () => void): Start {
  const { api, newId } = useSurroundings();
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = useRef<{ body: string; key: string } | null>(null);
  const start = async (choices: Choices, material: Material) => {
    const interview = newInterview(choices, material);
    const body = JSON.stringify(interview);
    if (attempt.current?.body !== body) attempt.current = { body, key: newId() };
    setStarting(true);
    setProblem(null);
    try {
      const { id } = await api.create(interview, attempt.current.key);
      goTo({ screen: "interview", id });
    } catch (thrown) {
      const isGone = thrown instanceof HttpError && thrown.details["field"] === "document_ids";
      setProblem(isGone ? { code: "document_gone", message: "" } : problemOf(thrown));
      setStarting(false);
      if (isGone) onDocumentGone();
    }
  };
  return { starting, problem, start };
}
