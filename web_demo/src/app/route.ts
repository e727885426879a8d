/** Where the page is: the part of the address behind `#`, so that it works under any path and survives a reload. */
import { useSyncExternalStore } from "react";

export type Route = { screen: "setup" } | { screen: "progress" } | { screen: "interview"; id: string };

const PROGRESS = "#/progress";
const INTERVIEW = /^#\/interviews\/([^/]+)$/;

export function parseRoute(hash: string): Route {
  if (hash === PROGRESS) return { screen: "progress" };
  const id = INTERVIEW.exec(hash)?.[1];
  return id === undefined ? { screen: "setup" } : { screen: "interview", id: decodeURIComponent(id) };
}

export function linkTo(route: Route): string {
  if (route.screen === "interview") return `#/interviews/${encodeURIComponent(route.id)}`;
  return route.screen === "progress" ? PROGRESS : "#/";
}

export function goTo(route: Route): void {
  location.hash = linkTo(route);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => {
    removeEventListener("hashchange", listener);
  };
}
