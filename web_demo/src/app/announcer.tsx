/**
 * What is said to those who listen to the page: whole sentences, when they are complete. What streams in is not a live
 * region, or every word would interrupt the one before.
 */
import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";

type Announce = (sentence: string) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

/** So many sentences stay: a screen reader reads what is added, and nothing grows for ever. */
const KEPT = 5;

export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ key: number; sentence: string }[]>([]);
  const announce = useCallback((sentence: string) => {
    setSaid((before) => [...before, { key: (before.at(-1)?.key ?? 0) + 1, sentence }].slice(-KEPT));
  }, []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="log" aria-live="polite" aria-relevant="additions" className="sr-only">
        {said.map(({ key, sentence }) => (
          <p key={key}>{sentence}</p>
        ))}
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): Announce {
  return use(AnnounceContext);
}

/** Says a sentence as soon as it is shown, and the next as soon as that is; null: nothing is. */
export function useAnnounced(sentence: string | null): void {
  const announce = useAnnounce();
  useEffect(() => {
    if (sentence !== null) announce(sentence);
  }, [sentence, announce]);
}
