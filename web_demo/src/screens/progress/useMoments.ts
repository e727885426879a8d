import { useCallback } from "react";
import { useLanguage } from "../../i18n/language.tsx";

/** Days and times in the page's language. */
export function useMoments(): (at: number) => string {
  const { language } = useLanguage();
  return useCallback(
    (at) => new Date(at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" }),
    [language],
  );
}
