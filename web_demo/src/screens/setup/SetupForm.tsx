/** What the next interview is to be. */
import { type SubmitEvent, useId, useState } from "react";
import { useSurroundings } from "../../app/surroundings.tsx";
import type { Capabilities } from "../../client/contract/types.ts";
import { named } from "../../i18n/catalogue.ts";
import { useLanguage, useText } from "../../i18n/language.tsx";
import { Alert } from "../../parts/Alert.tsx";
import { Button } from "../../parts/Button.tsx";
import { Choice } from "../../parts/Choice.tsx";
import { HowScored } from "../rubric/HowScored.tsx";
import { VoiceOptions } from "../voice/VoiceOptions.tsx";
import { ArrowIcon, MinusIcon, PlusIcon } from "../../parts/icons.tsx";
import {
  type Choices,
  clampQuestions,
  FOLLOW_UPS,
  keepChoices,
  lastChoices,
  LEVELS,
  MINUTES,
  QUESTIONS,
} from "./choices.ts";
import { DocumentFields } from "./documents/DocumentFields.tsx";
import { type Documents, useDocuments } from "./documents/useDocuments.ts";
import { type Start, useStart } from "./useStart.ts";

type Choose = <Key extends keyof Choices>(key: Key) => (value: Choices[Key]) => void;

export function SetupForm({ offered }: { offered: Capabilities }) {
  const { language } = useLanguage();
  const { kept } = useSurroundings();
  const [choices, setChoices] = useState(() => lastChoices(kept, offered, language));
  const documents = useDocuments(choices.documents, (kind, id) => {
    setChoices((before) => ({ ...before, documents: { ...before.documents, [kind]: id } }));
  });
  const start = useStart(documents.shelf.reload);
  const choose: Choose = (key) => (value) => {
    setChoices((before) => ({ ...before, [key]: value }));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    keepChoices(kept, choices);
    void start.start(choices, documents.material);
  };
  return (
    <form onSubmit={submit} className="space-y-7">
      <Occasion offered={offered} choices={choices} choose={choose} />
      <DocumentFields documents={documents} />
      <Questions value={choices.questions} onChange={choose("questions")} />
      <MoreOptions choices={choices} choose={choose} voice={offered.voice} />
      <Submit start={start} documents={documents} />
    </form>
  );
}

interface ChoicesProps {
  choices: Choices;
  choose: Choose;
}

/** For which work, in which language, and by whom. */
function Occasion({ offered, choices, choose }: ChoicesProps & { offered: Capabilities }) {
  const text = useText();
  return (
    <>
      <Choice
        legend={text.setup.role}
        options={offered.roles.map((value) => ({ value, label: named(text.roles, value) }))}
        value={choices.role}
        onChange={choose("role")}
      />
      <Choice
        legend={text.setup.level}
        options={LEVELS.map((value) => ({ value, label: text.levels[value] }))}
        value={choices.level}
        onChange={choose("level")}
      />
      <Choice
        legend={text.setup.interviewLanguage}
        options={offered.languages.map((value) => ({ value, label: text.languages[value], lang: value }))}
        value={choices.language}
        onChange={choose("language")}
      />
      <Choice
        legend={text.setup.persona}
        options={offered.personas.map((value) => ({
          value,
          label: text.personas[value],
          note: text.personaNotes[value],
        }))}
        value={choices.persona}
        onChange={choose("persona")}
      />
    </>
  );
}

function Submit({ start, documents }: { start: Start; documents: Documents }) {
  const { text, language } = useLanguage();
  const id = useId();
  const { starting, problem } = start;
  const { isUploading, isReady } = documents;
  return (
    <div className="space-y-4 pt-3 sm:pl-42">
      <Alert problem={problem} />
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        <Button
          type="submit"
          disabled={starting || !isReady}
          aria-describedby={isUploading ? id : undefined}
          className="min-h-12 w-full px-7 text-base sm:w-auto"
        >
          {starting ? text.setup.starting : text.setup.start}
          <ArrowIcon />
        </Button>
        <HowScored language={language} />
      </div>
      {isUploading && (
        <p id={id} className="text-sm text-soft">
          {text.setup.startsAfterReading}
        </p>
      )}
    </div>
  );
}

/** What most people leave as it is. */
function MoreOptions({ choices, choose, voice }: ChoicesProps & { voice: boolean }) {
  const text = useText();
  return (
    <details className="sm:pl-42">
      <summary className="w-fit list-none rounded-sm py-1 text-sm text-soft underline decoration-line underline-offset-4 hover:text-ink [&::-webkit-details-marker]:hidden">
        {text.setup.moreOptions}
      </summary>
      <div className="space-y-7 pt-7 sm:-ml-42">
        <Choice
          legend={text.setup.followUps}
          hint={text.setup.followUpsHint}
          options={FOLLOW_UPS.map((value) => ({ value, label: String(value) }))}
          value={choices.followUps}
          onChange={choose("followUps")}
        />
        <Choice
          legend={text.setup.feedback}
          options={(["each", "end"] as const).map((value) => ({ value, label: text.feedbackModes[value] }))}
          value={choices.feedback}
          onChange={choose("feedback")}
        />
        <TimeLimit value={choices.minutes} onChange={choose("minutes")} />
        {voice && <VoiceOptions />}
      </div>
    </details>
  );
}

interface NumberProps {
  value: number;
  onChange: (value: number) => void;
}

function Questions({ value, onChange }: NumberProps) {
  const text = useText();
  const id = useId();
  const step = (by: number) => () => {
    onChange(clampQuestions(value + by));
  };
  const look = "border-line hover:bg-tint disabled:text-edge flex size-11 items-center justify-center";
  return (
    <div className="grid items-center gap-x-6 gap-y-2.5 sm:grid-cols-[9rem_1fr]">
      <label htmlFor={id} className="text-sm font-semibold">
        {text.setup.questions}
      </label>
      <div className="flex w-fit overflow-clip rounded-lg border border-line bg-sheet">
        <button
          type="button"
          className={`${look} rounded-l-lg border-r`}
          aria-label={text.setup.fewer}
          disabled={value <= QUESTIONS.least}
          onClick={step(-1)}
        >
          <MinusIcon />
        </button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={QUESTIONS.least}
          max={QUESTIONS.most}
          required
          className="w-14 appearance-none bg-transparent text-center text-sm tabular-nums [&::-webkit-inner-spin-button]:appearance-none"
          value={value}
          onChange={(event) => {
            onChange(clampQuestions(event.target.valueAsNumber));
          }}
        />
        <button
          type="button"
          className={`${look} rounded-r-lg border-l`}
          aria-label={text.setup.more}
          disabled={value >= QUESTIONS.most}
          onClick={step(1)}
        >
          <PlusIcon />
        </button>
      </div>
    </div>
  );
}

function TimeLimit({ value, onChange }: NumberProps) {
  const text = useText();
  const id = useId();
  return (
    <div className="grid items-center gap-x-6 gap-y-2.5 sm:grid-cols-[9rem_1fr]">
      <label htmlFor={id} className="text-sm font-semibold">
        {text.setup.timeLimit}
      </label>
      <select
        id={id}
        className="min-h-11 w-fit rounded-lg border border-line bg-sheet px-3 text-sm"
        value={value}
        onChange={(event) => {
          onChange(Number(event.target.value));
        }}
      >
        {MINUTES.map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutes === 0 ? text.setup.noLimit : text.setup.minutes(minutes)}
          </option>
        ))}
      </select>
    </div>
  );
}
