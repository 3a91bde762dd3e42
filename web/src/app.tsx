import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Shell } from './shell/shell.js';
import { NotFound } from './shell/not-found.js';
import { PageSkeleton } from './shell/page-skeleton.js';
import { HomePage } from './library/home-page.js';

/** A page whose code is loaded when it is first opened. */
const page = <Name extends string>(load: () => Promise<Record<Name, React.ComponentType>>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

const SongsPage = page(() => import('./library/songs-page.js'), 'SongsPage');
const SongPage = page(() => import('./library/song-page.js'), 'SongPage');
const AlbumsPage = page(() => import('./library/albums-page.js'), 'AlbumsPage');
const AlbumPage = page(() => import('./library/album-page.js'), 'AlbumPage');
const ArtistPage = page(() => import('./library/artist-page.js'), 'ArtistPage');
const SearchPage = page(() => import('./library/search-page.js'), 'SearchPage');
const HistoryPage = page(() => import('./library/history-page.js'), 'HistoryPage');
const PlaylistsPage = page(() => import('./playlists/playlists-page.js'), 'PlaylistsPage');
const PlaylistPage = page(() => import('./playlists/playlist-page.js'), 'PlaylistPage');
const SignInPage = page(() => import('./session/sign-in-page.js'), 'SignInPage');
const AccountPage = page(() => import('./session/account-page.js'), 'AccountPage');
const Studio = page(() => import('./studio/studio.js'), 'Studio');

export function App() {
  return (
    <Shell>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/songs" component={SongsPage} />
          <Route path="/songs/:id" component={SongPage} />
          <Route path="/albums" component={AlbumsPage} />
          <Route path="/albums/:id" component={AlbumPage} />
          <Route path="/artists/:id" component={ArtistPage} />
          <Route path="/search" component={SearchPage} />
          <Route path="/history" component={HistoryPage} />
          <Route path="/playlists" component={PlaylistsPage} />
          <Route path="/playlists/:id" component={PlaylistPage} />
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/account" component={AccountPage} />
          <Route path="/studio/*?" component={Studio} />
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Shell>
  );
}
