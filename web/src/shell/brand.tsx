/** Four rungs, the highest on the right. */
export const Brand = () => (
  <span className="flex items-center gap-2.5 text-lg font-bold tracking-tight">
    <svg viewBox="0 0 26 24" className="h-6 w-auto fill-accent" aria-hidden>
      <rect x="0" y="15" width="5" height="9" rx="2.5" />
      <rect x="7" y="10" width="5" height="14" rx="2.5" />
      <rect x="14" y="5" width="5" height="19" rx="2.5" />
      <rect x="21" y="0" width="5" height="24" rx="2.5" />
    </svg>
    Ladder
  </span>
);
