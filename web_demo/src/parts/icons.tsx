/** The few signs there are: strokes of one weight, in the colour of the text, named by the text beside them. */
import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className="size-[1.15em] shrink-0 fill-none stroke-current"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const PauseIcon = () => (
  <Icon>
    <path d="M7 4.5v11M13 4.5v11" />
  </Icon>
);
export const PlayIcon = () => (
  <Icon>
    <path d="M6.5 4.5v11l8.5-5.5z" />
  </Icon>
);
export const FlagIcon = () => (
  <Icon>
    <path d="M5 17V3.5h9.5l-2 3.25 2 3.25H5" />
  </Icon>
);
export const BulbIcon = () => (
  <Icon>
    <path d="M8 15.5h4M8.5 18h3M7.5 13c0-1.5-2.5-2.6-2.5-5.5a5 5 0 0 1 10 0c0 2.9-2.5 4-2.5 5.5z" />
  </Icon>
);
export const SkipIcon = () => (
  <Icon>
    <path d="m5 4.5 7.5 5.5L5 15.5zM15 4.5v11" />
  </Icon>
);
export const ArrowIcon = () => (
  <Icon>
    <path d="M4 10h12M11 5l5 5-5 5" />
  </Icon>
);
export const DownIcon = () => (
  <Icon>
    <path d="M10 4v12M5 11l5 5 5-5" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M4 6h12M8 6V3.5h4V6M5.5 6l.7 10.5h7.6L14.5 6" />
  </Icon>
);
export const MinusIcon = () => (
  <Icon>
    <path d="M5 10h10" />
  </Icon>
);
export const FileIcon = () => (
  <Icon>
    <path d="M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15M7.5 10h5M7.5 13h5" />
  </Icon>
);
export const RulerIcon = () => (
  <Icon>
    <path d="M2.5 7h15v6h-15zM6 7v2.5M10 7v3.5M14 7v2.5" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M5 10h10M10 5v10" />
  </Icon>
);
export const MicrophoneIcon = () => (
  <Icon>
    <path d="M7.5 5a2.5 2.5 0 0 1 5 0v4.5a2.5 2.5 0 0 1-5 0zM4.5 9.5a5.5 5.5 0 0 0 11 0M10 15v2.5" />
  </Icon>
);
