/**
 * What is heard, as it is said. Words that may still change are underlined with dots, not only paler. Those who listen
 * are told whole sentences that won't change; the text itself isn't a live region.
 */
import { useEffect, useRef } from "react";
import { useAnnounce } from "../../../app/announcer.tsx";
import { useText } from "../../../i18n/language.tsx";
import { parted, wholeSentences } from "./sentences.ts";

interface Props {
  heard: string;
  stable: number;
  lang: string;
}

export function LiveText({ heard, stable, lang }: Props) {
  const text = useText();
  const { sure, unsure } = parted(heard, stable);
  useSaid(sure);
  return (
    // The newest words are what one looks for: they stay in sight, and older ones leave at the top.
    <div
      role="group"
      aria-label={text.voice.heard}
      className="flex max-h-[30dvh] min-h-8 flex-col justify-end overflow-hidden"
    >
      {heard === "" ? (
        <p className="text-soft">{text.voice.nothingYet}</p>
      ) : (
        <p lang={lang} className="whitespace-pre-wrap">
          <span data-sure>{sure}</span>
          {unsure !== "" && (
            <>
              <span className="sr-only" lang={document.documentElement.lang}>
                {" "}
                {text.voice.mayChange}{" "}
              </span>
              <span
                data-unsure
                className="text-soft underline decoration-dotted decoration-1 underline-offset-4"
              >
                {unsure}
              </span>
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** Says each sentence once. */
function useSaid(sure: string): void {
  const announce = useAnnounce();
  const said = useRef(0);
  useEffect(() => {
    if (sure.length < said.current) said.current = 0;
    const end = wholeSentences(sure);
    if (end <= said.current) return;
    announce(sure.slice(said.current, end).trim());
    said.current = end;
  }, [sure, announce]);
}
