/** What was read from a document, in its own words. */
import type { DocumentKind, Entry, Profile } from "../../../client/documents.ts";
import { useText } from "../../../i18n/language.tsx";
import { languageOf } from "./language-of.ts";

const ENTRIES = ["experience", "projects", "education"] as const;

export function ProfileView({ profile, kind }: { profile: Profile | null; kind: DocumentKind }) {
  const text = useText();
  if (profile === null || isEmpty(profile))
    return <p className="text-sm text-soft">{text.documents.nothingRead}</p>;
  const titles = text.documents.parts[kind];
  const lang = languageOf(JSON.stringify(profile));
  return (
    <div className="space-y-5">
      {profile.skills.length > 0 && (
        <section aria-label={titles.skills}>
          <h4 className="text-xs font-semibold text-soft">{titles.skills}</h4>
          <ul lang={lang} translate="no" className="mt-2 flex flex-wrap gap-1.5">
            {profile.skills.map((skill) => (
              <li key={skill} className="rounded-full bg-tint px-2.5 py-0.5 text-sm">
                {skill}
              </li>
            ))}
          </ul>
        </section>
      )}
      {ENTRIES.filter((part) => profile[part].length > 0).map((part) => (
        <section key={part} aria-label={titles[part]}>
          <h4 className="text-xs font-semibold text-soft">{titles[part]}</h4>
          <ul lang={lang} className="mt-2 space-y-3">
            {profile[part].map((entry, index) => (
              <EntryView key={index} entry={entry} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function EntryView({ entry: { title, place, period, detail } }: { entry: Entry }) {
  return (
    <li className="text-sm">
      <span className="font-semibold">{title}</span>
      {place !== "" && <span> · {place}</span>}
      {period !== "" && <span className="text-soft tabular-nums"> · {period}</span>}
      {detail !== "" && <span className="mt-0.5 block whitespace-pre-line text-soft">{detail}</span>}
    </li>
  );
}

export function isEmpty({ skills, experience, projects, education }: Profile): boolean {
  return [skills, experience, projects, education].every((part) => part.length === 0);
}
