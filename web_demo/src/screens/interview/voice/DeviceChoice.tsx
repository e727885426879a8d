/** Which microphone: shown where there is more than one to choose from. */
import { useEffect, useId, useState } from "react";
import { useSurroundings } from "../../../app/surroundings.tsx";
import { useText } from "../../../i18n/language.tsx";
import type { Device } from "../../../microphone/microphone.ts";

interface Props {
  /** The one preferred; null: the browser's choice. */
  value: string | null;
  onChange: (deviceId: string | null) => void;
}

export function DeviceChoice({ value, onChange }: Props) {
  const text = useText();
  const id = useId();
  const devices = useDevices();
  if (devices.length < 2) return null;
  const known = devices.some((device) => device.id === value);
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      <label htmlFor={id} className="text-sm font-semibold">
        {text.voice.device}
      </label>
      <select
        id={id}
        className="min-h-11 max-w-full min-w-0 rounded-lg border border-line bg-sheet px-3 text-sm"
        value={known ? (value ?? "") : ""}
        onChange={(event) => {
          onChange(event.target.value === "" ? null : event.target.value);
        }}
      >
        <option value="">{text.voice.usualDevice}</option>
        {devices.map((device, index) => (
          <option key={device.id} value={device.id}>
            {device.label === "" ? text.voice.deviceNumber(index + 1) : device.label}
          </option>
        ))}
      </select>
    </div>
  );
}

function useDevices(): readonly Device[] {
  const { microphone } = useSurroundings();
  const [devices, setDevices] = useState<readonly Device[]>([]);
  useEffect(() => {
    let wanted = true;
    const look = () => {
      void microphone.devices().then((found) => {
        if (wanted) setDevices(found);
      });
    };
    look();
    const end = microphone.watch(look);
    return () => {
      wanted = false;
      end();
    };
  }, [microphone]);
  return devices;
}
