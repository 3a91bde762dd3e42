import type { ReactNode } from 'react';

interface HeroProps {
  kind: string;
  title: string;
  cover: ReactNode;
  facts: ReactNode;
  /** Colour of the cover, which tints the background. */
  tint?: string;
  children?: ReactNode;
}

/** The head of a page about one item: its cover, its name, its actions. */
export const Hero = ({ kind, title, cover, facts, tint, children }: HeroProps) => (
  <header className="relative mb-8">
    {tint && (
      <div
        aria-hidden
        className="pointer-events-none absolute -inset-x-[100vw] -top-24 bottom-0 -z-10 opacity-30 [mask-image:linear-gradient(black,transparent)]"
        style={{ backgroundColor: tint }}
      />
    )}
    <div className="flex flex-col items-center gap-5 md:flex-row md:items-end md:gap-8">
      <div className="lifted w-52 shrink-0 overflow-hidden rounded-2xl md:w-60">{cover}</div>
      <div className="min-w-0 max-w-full text-center md:text-left">
        <p className="text-xs font-semibold text-muted">{kind}</p>
        <h1 className="mt-1 line-clamp-3 text-2xl font-bold break-words md:text-4xl">{title}</h1>
        <div className="mt-2 line-clamp-4 text-sm text-muted">{facts}</div>
        {children && <div className="mt-5 flex flex-wrap items-center justify-center gap-2 md:justify-start">{children}</div>}
      </div>
    </div>
  </header>
);

export const HERO_SIZES = '240px';
