import { CircleUser, LogIn } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { LostPictures } from '../design/lost-pictures.js';
import { Toasts } from '../design/toast.js';
import { PlayerBar } from '../playback/player-bar.js';
import { usePlayer } from '../playback/the-player.js';
import { useViewer } from '../session/account.js';
import { Brand } from './brand.js';
import { isAt, placesFor } from './places.js';

/** The parts that stay while pages change: navigation and player. */
export function Shell({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const plays = usePlayer(({ queue }) => queue.index >= 0);

  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    // Moves focus and scroll position to the top of the new page, so that screen readers announce it.
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className="md:grid md:grid-cols-[15rem_minmax(0,1fr)]">
      <a href="#main" className="lifted fixed top-2 left-2 z-50 -translate-y-20 rounded-lg bg-raised px-4 py-2 focus:translate-y-0">
        Skip to the page
      </a>
      <SideBar path={path} />
      <div className="min-w-0 overflow-x-clip">
        <TopBar />
        <main
          id="main"
          ref={main}
          tabIndex={-1}
          className={`mx-auto w-full max-w-6xl px-4 pt-4 outline-none md:px-8 md:pt-8 ${plays ? 'pb-44 md:pb-36' : 'pb-28 md:pb-16'}`}
        >
          <LostPictures />
          {children}
        </main>
      </div>
      <div className="fixed inset-x-0 bottom-0 z-40">
        <PlayerBar />
        <TabBar path={path} />
      </div>
      <Toasts />
    </div>
  );
}

function SideBar({ path }: { path: string }) {
  const viewer = useViewer();
  return (
    <nav aria-label="Main" className="sticky top-0 hidden h-dvh flex-col gap-1 border-r border-line bg-sunken/60 p-4 md:flex">
      <Link href="/" className="mb-6 px-3 pt-2">
        <Brand />
      </Link>
      {placesFor(viewer).map((place) => (
        <Link
          key={place.href}
          href={place.href}
          aria-current={isAt(place, path) ? 'page' : undefined}
          className={`flex items-center gap-3 rounded-lg px-3 py-2 text-sm font-medium transition hover:bg-ink/6 ${isAt(place, path) ? 'bg-ink/8 text-ink' : 'text-muted'}`}
        >
          <place.icon size={18} />
          {place.name}
        </Link>
      ))}
      <div className="mt-auto pb-24">
        <PersonLink wide />
      </div>
    </nav>
  );
}

const TopBar = () => (
  <header className="flex items-center justify-between px-4 pt-3 md:hidden">
    <Link href="/" aria-label="Ladder, start">
      <Brand />
    </Link>
    <PersonLink />
  </header>
);

function PersonLink({ wide = false }: { wide?: boolean }) {
  const viewer = useViewer();
  if (viewer === undefined) return <div className="h-10" />;
  const Icon = viewer ? CircleUser : LogIn;
  return (
    <Link
      href={viewer ? '/account' : '/sign-in'}
      className="flex min-h-10 min-w-0 items-center gap-3 rounded-lg px-3 text-sm font-medium text-muted hover:bg-ink/6"
    >
      <Icon size={18} className="shrink-0" />
      <span className={wide ? 'truncate' : 'sr-only'}>{viewer ? (viewer.email ?? 'Your account') : 'Sign in'}</span>
    </Link>
  );
}

function TabBar({ path }: { path: string }) {
  const viewer = useViewer();
  const places = placesFor(viewer);
  return (
    <nav aria-label="Main" className="flex border-t border-line bg-raised pb-[env(safe-area-inset-bottom)] md:hidden">
      {places.map((place) => (
        <Link
          key={place.href}
          href={place.href}
          aria-current={isAt(place, path) ? 'page' : undefined}
          className={`flex min-w-0 flex-1 flex-col items-center gap-0.5 pt-2 pb-1.5 text-[0.6875rem] font-medium ${isAt(place, path) ? 'text-accent' : 'text-muted'}`}
        >
          <place.icon size={20} />
          {place.name}
        </Link>
      ))}
    </nav>
  );
}
