/** What the interview is to be led by: a résumé, a job description. Neither is needed. */
import { useId } from "react";
import { useText } from "../../../i18n/language.tsx";
import { Alert } from "../../../parts/Alert.tsx";
import { Button } from "../../../parts/Button.tsx";
import { DocumentField } from "./DocumentField.tsx";
import type { Documents } from "./useDocuments.ts";

export function DocumentFields({ documents }: { documents: Documents }) {
  const text = useText();
  const { shelf, uploads } = documents;
  return (
    <>
      {shelf.problem !== null && (
        <div className="space-y-3 sm:pl-42">
          <Alert problem={shelf.problem} />
          <Button look="secondary" onClick={shelf.reload}>
            {text.retry}
          </Button>
        </div>
      )}
      <DocumentField kind="resume" shelf={shelf} upload={uploads.resume} />
      <DocumentField kind="job_description" shelf={shelf} upload={uploads.job_description}>
        <PastedDescription documents={documents} />
      </DocumentField>
    </>
  );
}

function PastedDescription({ documents: { jobDescription, describeJob, left } }: { documents: Documents }) {
  const text = useText();
  const id = useId();
  const isTooLong = left < 0;
  return (
    <details className="mt-2">
      <summary className="w-fit list-none rounded-sm py-1 text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink [&::-webkit-details-marker]:hidden">
        {text.documents.pasteInstead}
      </summary>
      <textarea
        rows={5}
        aria-label={text.documents.pasted}
        aria-invalid={isTooLong}
        aria-describedby={isTooLong ? id : undefined}
        className={`mt-2 field-sizing-content max-h-80 min-h-32 w-full rounded-lg border bg-sheet px-3.5 py-2.5 text-sm ${isTooLong ? "border-danger" : "border-edge"}`}
        value={jobDescription}
        onChange={({ target }) => {
          describeJob(target.value);
        }}
      />
      {isTooLong && (
        <p id={id} role="status" className="text-xs text-danger tabular-nums">
          {text.interview.tooLong(-left)}
        </p>
      )}
    </details>
  );
}
