import { Skeleton } from '../design/notice.js';

/** A placeholder for a page that is loading. */
export const PageSkeleton = () => (
  <div role="status" aria-label="Loading" className="grid gap-4">
    <Skeleton className="h-9 w-56" />
    {Array.from({ length: 8 }, (_, row) => (
      <Skeleton key={row} className="h-14" />
    ))}
  </div>
);
