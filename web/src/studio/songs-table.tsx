import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, ListMusic, Pencil, RotateCcw, Search, Trash2 } from 'lucide-react';
import { useDeferredValue, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { subscribe } from '../api/subscriptions.js';
import { Button } from '../design/button.js';
import { bytes, count, duration, plural } from '../design/format.js';
import { Menu } from '../design/menu.js';
import { Empty, Failed } from '../design/notice.js';
import { notify, notifyError } from '../design/toast.js';
import { More } from '../library/more.js';
import { usePages } from '../library/pages.js';
import { TracksSkeleton } from '../library/tracks-skeleton.js';
import { DeleteSong } from './delete-song.js';
import { PROCESS } from './processing-line.js';
import { EDITABLE, SongEditor, type EditableSong } from './song-editor.js';

const STATES = { '': 'All', QUEUED: 'Queued', TRANSCODING: 'Being made', READY: 'Ready', FAILED: 'Failed' } as const;
type State = keyof typeof STATES;

const SONGS = graphql(
  `
    query StudioSongs($after: String, $state: ProcessingState, $search: String) {
      songs(first: 50, after: $after, state: $state, search: $search) {
        totalCount
        edges {
          node {
            ...Editable
            durationSeconds
            plays
            original {
              bytes
            }
            generations {
              bytes
            }
            processing {
              state
              percent
              error {
                message
              }
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [EDITABLE],
);

const CHANGES = graphql(`
  subscription StudioChanges {
    libraryChanged {
      kind
    }
  }
`);

type Row = ResultOf<typeof SONGS>['songs']['edges'][number]['node'];
/** Milliseconds between reloads of the table, because an import causes many changes at once. */
const REFRESH_MS = 3_000;

export function SongsTable() {
  const [state, setState] = useState<State>('');
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim()) || null;
  const queries = useQueryClient();
  const [editing, setEditing] = useState<EditableSong | null>(null);
  const [deleting, setDeleting] = useState<Row | null>(null);
  const songs = usePages(['studio-songs', state, search], async (after, signal) => (await ask(SONGS, { after, state: state || null, search }, signal)).songs);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = subscribe(CHANGES, {}, () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ['studio-songs'] });
      }, REFRESH_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queries]);

  const retry = async (song: Row) => {
    try {
      await ask(PROCESS, { songId: song.id });
      notify(`“${song.title}” is in the queue again.`);
      await queries.invalidateQueries({ queryKey: ['studio-songs'] });
    } catch (error) {
      notifyError(error);
    }
  };

  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <div className="relative min-w-52 flex-1">
          <Search size={16} className="absolute top-1/2 left-3 -translate-y-1/2 text-muted" aria-hidden />
          <input
            type="search"
            value={typed}
            maxLength={200}
            onChange={(event) => setTyped(event.target.value)}
            placeholder="Title, artist, album"
            aria-label="Search the songs"
            className="h-10 w-full rounded-full border border-line bg-raised pr-3 pl-9 text-sm outline-none focus:border-accent"
          />
        </div>
        <div role="group" aria-label="State" className="flex flex-wrap gap-1">
          {(Object.keys(STATES) as State[]).map((each) => (
            <Button key={each} look={each === state ? 'primary' : 'quiet'} aria-pressed={each === state} className="px-3" onClick={() => setState(each)}>
              {STATES[each]}
            </Button>
          ))}
        </div>
      </div>
      {songs.isError && <Failed error={songs.error} onRetry={() => void songs.refetch()} />}
      {songs.isPending && <TracksSkeleton rows={10} />}
      {songs.isSuccess && songs.nodes.length === 0 && (
        <Empty icon={<ListMusic size={40} />} title={state === 'FAILED' ? 'Nothing has failed' : 'No songs here'}>
          {state === '' && !search ? 'Upload the first ones.' : 'Choose another state or another word.'}
        </Empty>
      )}
      {songs.nodes.length > 0 && (
        <>
          <p className="mb-2 text-xs text-muted">{plural(songs.totalCount ?? 0, 'song')}</p>
          <div className="overflow-x-auto rounded-xl border border-line bg-raised" tabIndex={0} role="region" aria-label="Songs">
            <table className="w-full text-sm">
              <thead className="text-left text-xs text-muted">
                <tr className="border-b border-line">
                  <th className="px-4 py-3 font-medium">Song</th>
                  <th className="px-2 font-medium">State</th>
                  <th className="hidden px-2 text-right font-medium sm:table-cell">Length</th>
                  <th className="hidden px-2 text-right font-medium sm:table-cell">Size</th>
                  <th className="hidden px-2 text-right font-medium md:table-cell">Plays</th>
                  <th className="w-12">
                    <span className="sr-only">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {songs.nodes.map((song) => (
                  <SongRow key={song.id} song={song} onEdit={() => setEditing(song)} onDelete={() => setDeleting(song)} onRetry={() => void retry(song)} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      <More {...songs.more} />
      {editing && <SongEditor song={editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteSong song={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface SongRowProps {
  song: Row;
  onEdit: () => void;
  onDelete: () => void;
  onRetry: () => void;
}

function SongRow({ song, onEdit, onDelete, onRetry }: SongRowProps) {
  const { processing } = song;
  const size = song.original.bytes + song.generations.reduce((sum, generation) => sum + generation.bytes, 0);
  return (
    <tr className="border-b border-line last:border-0">
      <td className="max-w-0 w-1/2 px-4 py-2.5">
        <Link href={`/songs/${song.id}`} className="block truncate font-medium hover:underline">
          {song.title}
        </Link>
        <p className="truncate text-xs text-muted">{[song.artist, song.albumTitle].filter(Boolean).join(' · ') || 'No artist yet'}</p>
        {processing.error && processing.state !== 'READY' && <p className="mt-1 text-xs whitespace-normal text-danger">{processing.error.message}</p>}
      </td>
      <td className="px-2 whitespace-nowrap">
        {processing.state === 'FAILED' ? (
          <Button icon={<RotateCcw size={14} />} look="danger" className="min-h-9 px-3" onClick={onRetry}>
            Try again
          </Button>
        ) : (
          <span className={processing.state === 'READY' ? 'text-good' : 'text-muted'}>
            {STATES[processing.state]}
            {processing.state === 'TRANSCODING' && ` ${processing.percent} %`}
          </span>
        )}
      </td>
      <td className="hidden px-2 text-right tabular-nums sm:table-cell">{duration(song.durationSeconds)}</td>
      <td className="hidden px-2 text-right whitespace-nowrap tabular-nums sm:table-cell">{bytes(size)}</td>
      <td className="hidden px-2 text-right tabular-nums md:table-cell">{count(song.plays)}</td>
      <td>
        <Menu
          label={`Actions for ${song.title}`}
          trigger={<Ellipsis size={18} />}
          items={[
            { label: 'Edit', icon: <Pencil size={16} />, onSelect: onEdit },
            { label: 'Transcode again', icon: <RotateCcw size={16} />, onSelect: onRetry },
            { label: 'Delete', icon: <Trash2 size={16} />, danger: true, onSelect: onDelete },
          ]}
        />
      </td>
    </tr>
  );
}
