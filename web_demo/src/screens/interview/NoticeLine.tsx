/** What the server has to say to people (`notice`): a quiet line, until it is dismissed or the next question begins. */
import { useEffect, useState } from "react";
import type { InterviewClient } from "../../client/networked/interview-client.ts";
import { useText } from "../../i18n/language.tsx";

export function NoticeLine({ client }: { client: InterviewClient }) {
  const text = useText();
  const [notice, setNotice] = useState<string | null>(null);
  useEffect(
    () =>
      client.onMessage((message) => {
        if (message.type === "notice") setNotice(message.message);
        if (message.type === "question.started") setNotice(null);
      }),
    [client],
  );
  if (notice === null) return null;
  return (
    <div className="mb-3 flex items-baseline justify-between gap-4 border-l-4 border-line pl-4 text-sm text-soft">
      <p>{notice}</p>
      <button
        type="button"
        className="shrink-0 rounded-sm underline underline-offset-2 hover:text-ink"
        onClick={() => {
          setNotice(null);
        }}
      >
        {text.dismiss}
      </button>
    </div>
  );
}
