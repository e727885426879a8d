/** How the connection is: nothing while it is well, a quiet line when it has been gone for a while. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useAnnounce } from "../../app/announcer.tsx";
import { useLasting } from "../../app/useLasting.ts";
import type { Link } from "../../client/core.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";

const WORTH_A_WORD_MS = 1_500;
const LONG_MS = 8_000;

interface Props {
  link: Link;
  onTryNow: () => void;
}

export function ConnectionStatus({ link, onTryNow }: Props) {
  const text = useText();
  const announce = useAnnounce();
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  const away = link.status === "connecting" || link.status === "waiting";
  const shown = useLasting(away, WORTH_A_WORD_MS);
  const long = useLasting(away, LONG_MS);
  const sentence = shown ? connectionText(online, long, text) : null;

  const before = useRef<string | null>(null);
  useEffect(() => {
    if (sentence !== null && sentence !== before.current) announce(sentence);
    // It may also be over, or wait for a token.
    const isBack = before.current !== null && link.status === "open";
    if (sentence === null && isBack) announce(text.connection.again);
    before.current = sentence;
  }, [sentence, link.status, announce, text]);

  if (sentence === null) return null;
  return (
    <aside
      data-notice
      className="fixed inset-x-4 bottom-4 z-40 mx-auto flex w-fit max-w-full animate-rise items-center gap-3 rounded-full bg-ink px-5 py-2.5 text-sm text-paper shadow-lg print:hidden"
    >
      <span className="size-2 shrink-0 animate-breathe rounded-full bg-marker" />
      <span>{sentence}</span>
      {long && (
        <button type="button" className="shrink-0 rounded-sm font-semibold underline" onClick={onTryNow}>
          {text.connection.tryNow}
        </button>
      )}
    </aside>
  );
}

function connectionText(online: boolean, long: boolean, text: Catalogue): string {
  if (!online) return text.connection.offline;
  return long ? text.connection.stillReconnecting : text.connection.reconnecting;
}

function subscribe(listener: () => void): () => void {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
}
