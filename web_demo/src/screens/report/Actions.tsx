/** What can be done with a report: take it along, print it, or go again. */
import { useState } from "react";
import { type Problem, problemOf } from "../../app/problem.ts";
import { linkTo } from "../../app/route.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { ReportForm } from "../../client/networked/http.ts";
import type { View } from "../../client/fold.ts";
import { useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button, buttonLook } from "../../parts/Button.tsx";

/** What the report can be taken along as, and how its file's name ends. */
const FORMS = [
  ["pdf", "pdf"],
  ["html", "html"],
  ["markdown", "md"],
] as const satisfies readonly [ReportForm, string][];

export function Actions({ view }: { view: View }) {
  const text = useText();
  const { download, downloading, problem } = useDownload(view);
  return (
    <div className="mt-10 space-y-4 print:hidden">
      <div className="flex flex-wrap gap-3">
        {FORMS.map(([form, suffix], index) => (
          <Button
            key={form}
            look={index === 0 ? "primary" : "secondary"}
            disabled={downloading !== null}
            onClick={() => void download(form, suffix)}
          >
            {downloading === form ? text.report.downloading : text.report.download[form]}
          </Button>
        ))}
        <Button
          look="secondary"
          onClick={() => {
            print();
          }}
        >
          {text.report.print}
        </Button>
        <a href={linkTo({ screen: "setup" })} className={buttonLook("quiet")}>
          {text.report.another}
        </a>
      </div>
      <Alert problem={problem} />
    </div>
  );
}

function useDownload({ id, config, created_at }: View) {
  const { api } = useSurroundings();
  const [downloading, setDownloading] = useState<ReportForm | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const download = async (form: ReportForm, suffix: string) => {
    setDownloading(form);
    setProblem(null);
    try {
      const report = await api.report(id, form);
      const day = new Date(created_at).toISOString().slice(0, 10);
      save(report, `viva-${config.role}-${day}.${suffix}`);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setDownloading(null);
    }
  };
  return { download, downloading, problem };
}

/** Hands it to the browser as a file. */
function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
