import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Search, X } from 'lucide-react';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { IconButton } from '../design/button.js';
import { Empty, Failed } from '../design/notice.js';
import { TRACK } from '../playback/track.js';
import { AlbumCard, ALBUM_CARD } from './album-card.js';
import { CoverGrid } from './cover-card.js';
import { Section } from './heading.js';
import { Tracks } from './tracks.js';
import { TracksSkeleton } from './tracks-skeleton.js';

const SEARCH = graphql(
  `
    query Search($query: String!) {
      search(query: $query) {
        songs(first: 30) {
          edges {
            node {
              ...Track
            }
          }
        }
        albums(first: 10) {
          edges {
            node {
              ...AlbumCard
            }
          }
        }
        artists(first: 8) {
          edges {
            node {
              id
              name
            }
          }
        }
      }
    }
  `,
  [TRACK, ALBUM_CARD],
);

/** Pause after the last key before a search, so that fast typing sends one query per word, not per letter. */
const PAUSE_MS = 120;
const MAX_LENGTH = 200;

export function SearchPage() {
  const [params] = useSearchParams();
  const [, go] = useLocation();
  const [typed, setTyped] = useState(params.get('q') ?? '');
  const query = useSettled(useDeferredValue(typed.trim()));
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // The query is in the URL, so that "back" and shared links repeat the search.
    go(query ? `/search?q=${encodeURIComponent(query)}` : '/search', { replace: true });
  }, [query, go]);

  const found = useQuery({
    queryKey: ['search', query],
    enabled: query !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask(SEARCH, { query }, signal),
  });
  return (
    <>
      <h1 className="sr-only">Search</h1>
      <div className="relative mb-8">
        <Search size={20} className="pointer-events-none absolute top-1/2 left-4 -translate-y-1/2 text-muted" aria-hidden />
        <input
          ref={field}
          type="search"
          autoFocus
          value={typed}
          maxLength={MAX_LENGTH}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="Songs, albums, artists"
          aria-label="Search songs, albums and artists"
          className="h-13 w-full rounded-full border border-line bg-raised pr-14 pl-12 text-base outline-none placeholder:text-muted focus:border-accent [&::-webkit-search-cancel-button]:hidden"
        />
        {typed && (
          <IconButton
            label="Clear"
            className="absolute top-1/2 right-2 -translate-y-1/2"
            onClick={() => {
              setTyped('');
              field.current?.focus();
            }}
          >
            <X size={18} />
          </IconButton>
        )}
      </div>
      {found.isError && <Failed error={found.error} onRetry={() => void found.refetch()} />}
      {query === '' && (
        <Empty icon={<Search size={40} />} title="What would you like to hear?">
          The beginning of a word is enough; accents do not matter.
        </Empty>
      )}
      {query !== '' && found.isPending && <TracksSkeleton />}
      {query !== '' && found.data && <Found {...found.data.search} query={query} />}
    </>
  );
}

type FoundProps = ResultOf<typeof SEARCH>['search'] & { query: string };

function Found({ songs, albums, artists, query }: FoundProps) {
  if (!songs.edges.length && !albums.edges.length && !artists.edges.length) {
    return (
      <Empty title={`Nothing begins with “${query}”`}>
        Every word has to begin a word of the title, the artist or the album. Try fewer words or fewer letters.
      </Empty>
    );
  }
  return (
    <div role="region" aria-label="Results" aria-live="polite">
      {artists.edges.length > 0 && (
        <Section title="Artists">
          <ul className="flex flex-wrap gap-2">
            {artists.edges.map(({ node }) => (
              <li key={node.id} className="max-w-full">
                <Link href={`/artists/${node.id}`} className="inline-flex min-h-10 max-w-full items-center rounded-full border border-line bg-raised px-4 text-sm font-medium hover:border-muted">
                  <span className="truncate">{node.name}</span>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {songs.edges.length > 0 && (
        <Section title="Songs">
          <Tracks label="Songs found" tracks={songs.edges.map(({ node }) => node)} />
        </Section>
      )}
      {albums.edges.length > 0 && (
        <Section title="Albums">
          <CoverGrid>
            {albums.edges.map(({ node }) => (
              <AlbumCard key={node.id} album={node} />
            ))}
          </CoverGrid>
        </Section>
      )}
    </div>
  );
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
