import type { PlayerState } from './player-state.js';

/** The qualities of the server's ladder, with their labels. */
export const QUALITIES = [
  { name: 'auto', label: 'Auto', about: 'follows your line' },
  { name: '64k', label: 'Low', about: '64 kbit/s' },
  { name: '128k', label: 'Medium', about: '128 kbit/s' },
  { name: '256k', label: 'High', about: '256 kbit/s' },
  { name: '320k', label: 'Ultra', about: '320 kbit/s' },
] as const;

/** The qualities of the song, or all while they are unknown: the choice also applies to later songs. */
export function offered(qualities: readonly { name: string }[] = []): readonly (typeof QUALITIES)[number][] {
  if (qualities.length === 0) return QUALITIES;
  return QUALITIES.filter(({ name }) => name === 'auto' || qualities.some((quality) => quality.name === name));
}

/** "Auto · 256k": the chosen and the playing quality. */
export function qualityBadge({ quality, sounding }: Pick<PlayerState, 'quality' | 'sounding'>): string {
  const asked = QUALITIES.find(({ name }) => name === quality)?.label ?? 'Auto';
  if (sounding === 'original') return 'Original';
  return sounding ? `${asked} · ${sounding}` : asked;
}
