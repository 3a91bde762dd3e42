import { Skeleton } from '../design/notice.js';

/** A placeholder for a list of songs that is loading. */
export const TracksSkeleton = ({ rows = 8 }: { rows?: number }) => (
  <div role="status" aria-label="Loading songs">
    {Array.from({ length: rows }, (_, row) => (
      <div key={row} className="flex h-14 items-center gap-3 px-2">
        <Skeleton className="size-11 rounded-md" />
        <div className="grid flex-1 gap-2">
          <Skeleton className="h-3 w-2/5" />
          <Skeleton className="h-2.5 w-1/5" />
        </div>
      </div>
    ))}
  </div>
);
