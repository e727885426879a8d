/** The microphone, open to be tried out and for nothing else. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useSurroundings } from "../../../app/surroundings.tsx";
import { LevelMeter, levelOf, SILENCE } from "../../../microphone/level.ts";
import { type Capture, MicrophoneError, type Trouble } from "../../../microphone/microphone.ts";

type Checking =
  { status: "off"; trouble: Trouble | null } | { status: "opening" } | { status: "on"; attempt: number };

export interface MicrophoneChecking {
  checking: Checking;
  meter: LevelMeter;
  /** Begins, or begins anew with another device. On a press. */
  begin: (deviceId: string | null) => void;
  end: () => void;
}

export function useMicrophoneCheck(): MicrophoneChecking {
  const { microphone } = useSurroundings();
  const [meter] = useState(() => new LevelMeter());
  const [checking, setChecking] = useState<Checking>({ status: "off", trouble: null });
  const attempts = useRef(0);
  const open = useRef<Capture | null>(null);

  const close = useCallback(() => {
    attempts.current += 1;
    void open.current?.close();
    open.current = null;
    meter.show(SILENCE);
  }, [meter]);
  useEffect(() => close, [close]);

  const end = (trouble: Trouble | null = null) => {
    close();
    setChecking({ status: "off", trouble });
  };
  const begin = async (deviceId: string | null) => {
    close();
    setChecking({ status: "opening" });
    const attempt = attempts.current;
    try {
      const capture = await microphone.open({ deviceId, sampleRate: null });
      if (attempt !== attempts.current) {
        await capture.close();
        return;
      }
      open.current = capture;
      setChecking({ status: "on", attempt });
      capture.listen({
        frame: (frame) => {
          if (open.current === capture) meter.show(levelOf(frame));
        },
        held: () => undefined,
        lost: () => {
          if (open.current === capture) end("missing");
        },
      });
    } catch (thrown) {
      if (!(thrown instanceof MicrophoneError)) throw thrown;
      if (attempt === attempts.current) end(thrown.trouble);
    }
  };
  return {
    checking,
    meter,
    begin: (deviceId) => void begin(deviceId),
    end: () => {
      end();
    },
  };
}
