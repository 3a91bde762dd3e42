import type { ReactNode } from 'react';

/** The title of a page, and its actions. */
export const Heading = ({ title, children }: { title: string; children?: ReactNode }) => (
  <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
    <h1 className="text-2xl font-bold md:text-3xl">{title}</h1>
    {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
  </header>
);

/** A section of a page with its title. */
export const Section = ({ title, more, children }: { title: string; more?: ReactNode; children: ReactNode }) => (
  <section className="mb-10" aria-label={title}>
    <header className="mb-4 flex items-baseline justify-between gap-4">
      <h2 className="text-lg font-bold md:text-xl">{title}</h2>
      {more}
    </header>
    {children}
  </section>
);
