import { Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Skeleton } from '../design/notice.js';

interface CoverCardProps {
  href: string;
  title: string;
  subtitle: string;
  cover: ReactNode;
  /** Called by a play button over the cover; without it there is no button. */
  onPlay?: () => void;
}

/** A cover with a name under it: an album, a playlist, an artist. */
export const CoverCard = ({ href, title, subtitle, cover, onPlay }: CoverCardProps) => (
  <div className="group relative min-w-0">
    <Link href={href} className="block rounded-xl">
      <div className="lifted overflow-hidden rounded-xl transition group-hover:brightness-105">{cover}</div>
      <h3 className="mt-2.5 truncate text-sm font-semibold">{title}</h3>
      <p className="truncate text-xs text-muted">{subtitle}</p>
    </Link>
    {onPlay && (
      <div className="pointer-events-none absolute inset-x-0 top-0 aspect-square">
        <button
          type="button"
          aria-label={`Play ${title}`}
          onClick={onPlay}
          className="lifted pointer-events-auto absolute right-3 bottom-3 grid size-11 translate-y-1 place-items-center rounded-full bg-accent text-on-accent opacity-0 transition group-focus-within:translate-y-0 group-focus-within:opacity-100 group-hover:translate-y-0 group-hover:opacity-100"
        >
          <Play size={20} fill="currentColor" className="translate-x-px" />
        </button>
      </div>
    )}
  </div>
);

/** A grid with as many columns as fit. */
export const CoverGrid = ({ children }: { children: ReactNode }) => (
  <div className="grid grid-cols-2 gap-x-4 gap-y-6 sm:grid-cols-3 lg:grid-cols-4 xl:grid-cols-5">{children}</div>
);

export const COVER_SIZES = '(min-width: 1280px) 200px, (min-width: 1024px) 22vw, (min-width: 640px) 30vw, 45vw';

export const CoverGridSkeleton = ({ cards = 10 }: { cards?: number }) => (
  <div role="status" aria-label="Loading covers">
    <CoverGrid>
      {Array.from({ length: cards }, (_, card) => (
        <div key={card}>
          <Skeleton className="aspect-square rounded-xl" />
          <Skeleton className="mt-3 h-3 w-3/4" />
          <Skeleton className="mt-2 h-2.5 w-1/2" />
        </div>
      ))}
    </CoverGrid>
  </div>
);
