/** What can be told of a file before it is sent. What it really is, the server tells from its content. */

/** What a server takes, as a rule. */
export const MOST_MEGABYTES = 10;
const MOST_BYTES = MOST_MEGABYTES * 1024 * 1024;

const ENDINGS = [".pdf", ".docx", ".txt", ".md", ".markdown"];
const TYPES = [
  "application/pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "text/plain",
  "text/markdown",
  "text/x-markdown",
];

/** What a file chooser offers. */
export const ACCEPT = [...ENDINGS, ...TYPES].join(",");

/** What speaks against sending that file, or null. A folder comes as a file that can't be opened. */
export async function whyNot(
  file: File,
): Promise<"over_limit" | "unsupported" | "unopened" | "empty" | null> {
  if (file.size > MOST_BYTES) return "over_limit";
  if (!isOfKind(file)) return "unsupported";
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return "unopened";
  }
  return file.size === 0 ? "empty" : null;
}

/** By its name's ending or its type; one that has neither is the server's to look at. */
function isOfKind({ name, type }: File): boolean {
  const ending = /\.[^./\\]+$/.exec(name.toLowerCase())?.[0] ?? "";
  const mediaType = type.split(";", 1)[0]?.trim() ?? "";
  return (ending === "" && mediaType === "") || ENDINGS.includes(ending) || TYPES.includes(mediaType);
}
