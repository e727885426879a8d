/** The server has told this page to stop: why, and what can be done about it. */
import { linkTo } from "../../app/route.ts";
import type { Stopped } from "../../client/core.ts";
import type { Catalogue } from "../../i18n/catalogue.ts";
import { useText } from "../../i18n/language.tsx";
import { Button, buttonLook } from "../../parts/Button.tsx";
import { Message } from "../../parts/Message.tsx";

const TAKEN_OVER = 4409;

interface Props {
  stopped: Stopped;
  onContinue: () => void;
}

export function StoppedScreen({ stopped, onContinue }: Props) {
  const text = useText();
  const [title, detail] = explanation(stopped, text.stopped);
  const known = stopped.code !== null && stopped.code in EXPLAINED;
  const reload = () => {
    location.reload();
  };
  return (
    <Message title={title} detail={detail}>
      {stopped.code === TAKEN_OVER && <Button onClick={onContinue}>{text.stopped.takeBack}</Button>}
      {!known && <Button onClick={reload}>{text.stopped.reload}</Button>}
      <a href={linkTo({ screen: "setup" })} className={buttonLook("secondary")}>
        {text.stopped.toStart}
      </a>
      {!known && stopped.code !== null && (
        <p className="w-full text-xs text-soft">{text.stopped.code(stopped.code)}</p>
      )}
    </Message>
  );
}

const EXPLAINED = {
  4403: ["forbiddenTitle", "forbidden"],
  4404: ["notFoundTitle", "notFound"],
  [TAKEN_OVER]: ["takenOverTitle", "takenOver"],
} as const;

function explanation({ code }: Stopped, text: Catalogue["stopped"]): readonly [string, string] {
  const words = (EXPLAINED as Partial<Record<number, (typeof EXPLAINED)[4403 | 4404 | 4409]>>)[code ?? 0];
  if (words === undefined) return [text.brokenTitle, text.broken];
  return [text[words[0]], text[words[1]]];
}
