import { useEffect, useRef } from 'react';
import { Button } from '../design/button.js';

interface MoreProps {
  hasMore: boolean;
  busy: boolean;
  onMore: () => void;
}

/** The end of a list that has more: loads the next page when it scrolls near, or by its button. */
export function More({ hasMore, busy, onMore }: MoreProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!hasMore || busy || !element.current) return;
    const watcher = new IntersectionObserver(([seen]) => seen?.isIntersecting && onMore(), { rootMargin: '800px' });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, [hasMore, busy, onMore]);
  if (!hasMore) return null;
  return (
    <div ref={element} className="grid justify-items-center py-6">
      <Button busy={busy} onClick={onMore}>
        {busy ? 'Loading more' : 'Show more'}
      </Button>
    </div>
  );
}
