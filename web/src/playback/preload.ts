import { loadHls } from './hls-engine.js';

/** Loads the player while the page is idle, unless the connection is metered. */
export function preloadWhenIdle(): void {
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (saves) return;
  const soon = window.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 1_000));
  addEventListener('load', () => soon(() => void loadHls().catch(() => undefined), { timeout: 3_000 }), { once: true });
}
