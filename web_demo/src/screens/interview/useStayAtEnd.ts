/**
 * Keeps the end of the page in sight while it grows, as long as the reader is there. Whoever has scrolled up to read is
 * left in peace, and told that there is more.
 */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

/** So close to the end counts as there. */
const NEAR = 96;

export function useStayAtEnd(content: RefObject<HTMLElement | null>): [away: boolean, toEnd: () => void] {
  const following = useRef(true);
  const [away, setAway] = useState(false);
  useEffect(() => {
    const observed = content.current;
    if (observed === null) return;
    let last = { top: scrollY, height: heightOfPage() };
    const look = () => {
      const now = { top: scrollY, height: heightOfPage() };
      const near = now.height - innerHeight - now.top < NEAR;
      // Growth moves the end away, and shrinking moves the page; scrolling up by itself is the reader's doing.
      if (near) following.current = true;
      else if (now.top < last.top && now.height >= last.height) following.current = false;
      last = now;
      setAway(!near && !following.current);
    };
    const grown = new ResizeObserver(() => {
      if (following.current) scrollTo({ top: heightOfPage(), behavior: "instant" });
      look();
    });
    grown.observe(observed);
    addEventListener("scroll", look, { passive: true });
    return () => {
      grown.disconnect();
      removeEventListener("scroll", look);
    };
  }, [content]);
  const toEnd = useCallback(() => {
    following.current = true;
    scrollTo({ top: heightOfPage(), behavior: "smooth" });
  }, []);
  return [away, toEnd];
}

function heightOfPage(): number {
  return document.documentElement.scrollHeight;
}
