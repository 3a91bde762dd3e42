import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const watchers = new Set<() => void>();
const current = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? 'system';

/** The storage key that public/theme.js reads before the first paint. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // Storage is forbidden: the choice lasts until the page is closed.
  }
  for (const watch of watchers) watch();
}

export const useTheme = (): Theme =>
  useSyncExternalStore((watch) => {
    watchers.add(watch);
    return () => watchers.delete(watch);
  }, current);
