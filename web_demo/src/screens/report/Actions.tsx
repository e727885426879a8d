/** What can be done with a report: take it along, print it, or go again. */
import { useState } from "react";
import { type Problem, problemOf } from "../../app/problem.ts";
import { linkTo } from "../../app/route.ts";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { View } from "../../client/fold.ts";
import { useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button, buttonLook } from "../../parts/Button.tsx";

export function Actions({ view }: { view: View }) {
  const text = useText();
  const { download, downloading, problem } = useDownload(view);
  return (
    <div className="mt-10 space-y-4 print:hidden">
      <div className="flex flex-wrap gap-3">
        <Button disabled={downloading} onClick={() => void download()}>
          {downloading ? text.report.downloading : text.report.download}
        </Button>
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
  const [downloading, setDownloading] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const download = async () => {
    setDownloading(true);
    setProblem(null);
    try {
      const markdown = await api.reportMarkdown(id);
      const day = new Date(created_at).toISOString().slice(0, 10);
      save(markdown, `viva-${config.role}-${day}.md`);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setDownloading(false);
    }
  };
  return { download, downloading, problem };
}

/** Hands a text to the browser as a file. */
function save(content: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "text/markdown;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
