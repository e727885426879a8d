/** The language of the page: chosen once for all of it, and kept. */
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { type Catalogue, catalogues, keepLanguage, type Language, preferredLanguage } from "./catalogue.ts";

interface Chosen {
  language: Language;
  text: Catalogue;
  choose: (language: Language) => void;
}

const LanguageContext = createContext<Chosen | null>(null);

export function LanguageProvider({ kept, children }: { kept: Storage; children: ReactNode }) {
  const [language, setLanguage] = useState(() => preferredLanguage(kept, navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const chosen = useMemo(() => {
    const choose = (next: Language) => {
      keepLanguage(kept, next);
      setLanguage(next);
    };
    return { language, text: catalogues[language], choose };
  }, [language, kept]);
  return <LanguageContext value={chosen}>{children}</LanguageContext>;
}

export function useLanguage(): Chosen {
  const chosen = use(LanguageContext);
  if (chosen === null) throw new Error("useLanguage outside its provider");
  return chosen;
}

/** The page's words. */
export function useText(): Catalogue {
  return useLanguage().text;
}
