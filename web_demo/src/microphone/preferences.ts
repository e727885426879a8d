/** How somebody likes to speak: kept in the browser, as it is about the place where they sit. */
export interface VoicePreferences {
  /** The microphone chosen, or null for the browser's choice. */
  deviceId: string | null;
  /** Whether silence ends an answer. */
  endsBySilence: boolean;
  /** Whether to see the text before it counts. */
  review: boolean;
}

const KEPT_AS = "viva.voice";

export function voicePreferences(kept: Storage): VoicePreferences {
  const { deviceId, endsBySilence, review } = parsed(kept.getItem(KEPT_AS));
  return {
    deviceId: typeof deviceId === "string" ? deviceId : null,
    endsBySilence: endsBySilence === true,
    review: review === true,
  };
}

export function keepVoicePreferences(kept: Storage, changes: Partial<VoicePreferences>): VoicePreferences {
  const preferences = { ...voicePreferences(kept), ...changes };
  kept.setItem(KEPT_AS, JSON.stringify(preferences));
  return preferences;
}

function parsed(text: string | null): Partial<Record<keyof VoicePreferences, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
