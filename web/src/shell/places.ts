import { Disc3, Home, ListMusic, Music2, Search, SlidersHorizontal, type LucideIcon } from 'lucide-react';
import type { Viewer } from '../session/account.js';

export interface Place {
  href: string;
  name: string;
  icon: LucideIcon;
}

const EVERYBODY: readonly Place[] = [
  { href: '/', name: 'Home', icon: Home },
  { href: '/search', name: 'Search', icon: Search },
  { href: '/songs', name: 'Songs', icon: Music2 },
  { href: '/albums', name: 'Albums', icon: Disc3 },
  { href: '/playlists', name: 'Playlists', icon: ListMusic },
];
const STUDIO: Place = { href: '/studio', name: 'Studio', icon: SlidersHorizontal };

export const placesFor = (viewer: Viewer | null | undefined): readonly Place[] =>
  viewer?.role === 'ADMIN' ? [...EVERYBODY, STUDIO] : EVERYBODY;

export const isAt = (place: Place, path: string): boolean =>
  place.href === '/' ? path === '/' : path === place.href || path.startsWith(`${place.href}/`);
