/**
 * How requests are made in a browser: by `fetch`, and by an XMLHttpRequest where somebody watches how much of a body has
 * been sent, which `fetch` doesn't tell.
 */

/** Told how much of a request's body has been sent, from 0 to 1; 1 comes once, when the answer is what is left. */
export type OnProgress = (sent: number) => void;

/** Makes a request, as `fetch` does. */
export type Send = (url: URL, init: RequestInit, onProgress?: OnProgress) => Promise<Response>;

export const browserSend: Send = (url, init, onProgress) =>
  onProgress === undefined ? fetch(url, init) : watched(url, init, onProgress);

/**
 * So long may nothing move: no byte go out, and, when all of them have, no answer come. A server says within 60 s that it
 * takes too long, and may still have to store.
 */
export const STALLED_MS = 90_000;

/** The statuses of answers that have no body (Fetch 2.2.3): a `Response` takes none with them. */
const WITHOUT_BODY = [204, 205, 304];

/** A request can't forbid an XMLHttpRequest to follow a redirect: what was answered elsewhere counts as no answer. */
function watched(url: URL, init: RequestInit, onProgress: OnProgress): Promise<Response> {
  const { signal } = init;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => {
      request.abort();
    };
    let stalled = setTimeout(stop, STALLED_MS);
    const moved = () => {
      clearTimeout(stalled);
      stalled = setTimeout(stop, STALLED_MS);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      moved();
      if (loaded < total) onProgress(loaded / total);
    };
    request.upload.onload = () => {
      moved();
      onProgress(1);
    };
    request.onload = () => {
      if (isElsewhere(request.responseURL, url)) reject(new TypeError("It was redirected"));
      else resolve(answerOf(request));
    };
    request.onerror = () => {
      reject(new TypeError("There was no answer"));
    };
    request.onabort = () => {
      reject(new DOMException("The request was given up", "AbortError"));
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal?.removeEventListener("abort", stop);
    };
    request.open(init.method ?? "GET", url);
    for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
    signal?.addEventListener("abort", stop);
    request.send(init.body as XMLHttpRequestBodyInit);
    if (signal?.aborted === true) stop();
  });
}

function isElsewhere(answeredBy: string, asked: URL): boolean {
  return answeredBy !== "" && new URL(answeredBy).href !== asked.href;
}

function answerOf(request: XMLHttpRequest): Response {
  const { status, statusText, responseText } = request;
  const headers = new Headers();
  const type = request.getResponseHeader("Content-Type");
  if (type !== null) headers.set("Content-Type", type);
  const body = WITHOUT_BODY.includes(status) ? null : responseText;
  return new Response(body, { status, statusText, headers });
}
