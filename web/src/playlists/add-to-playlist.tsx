import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { Dialog } from '../design/dialog.js';
import { plural } from '../design/format.js';
import { Empty, Failed, Skeleton } from '../design/notice.js';
import { notify, notifyError } from '../design/toast.js';
import { More } from '../library/more.js';
import { usePages } from '../library/pages.js';
import type { Track } from '../playback/track.js';
import { useViewer } from '../session/account.js';
import { Covers } from './covers.js';
import { addSongs } from './edits.js';
import { NewPlaylist } from './new-playlist.js';
import { mine, MINE_KEY } from './queries.js';

/** A dialog to choose the playlist for a song, or to create one. */
export function AddToPlaylist({ track, onClose }: { track: Track; onClose: () => void }) {
  const viewer = useViewer();
  const queries = useQueryClient();
  const playlists = usePages(MINE_KEY, mine, Boolean(viewer));

  const add = async (id: string, title: string) => {
    onClose();
    try {
      await addSongs(id, [track.id]);
      notify(`“${track.title}” was added to “${title}”.`);
      await queries.invalidateQueries({ queryKey: ['playlist', id] });
      await queries.invalidateQueries({ queryKey: ['playlists'] });
    } catch (error) {
      notifyError(error);
    }
  };

  return (
    <Dialog title="Add to a playlist" onClose={onClose}>
      {viewer === null ? (
        <Empty title="Playlists belong to somebody">
          <Link href="/sign-in" onClick={onClose} className="text-accent underline">Sign in to make one</Link>
        </Empty>
      ) : (
        <div className="grid gap-5">
          <NewPlaylist onMade={(id, title) => void add(id, title)} />
          {playlists.isError && <Failed error={playlists.error} onRetry={() => void playlists.refetch()} />}
          {playlists.isPending && <Skeleton className="h-24" />}
          <ul className="max-h-72 overflow-auto">
            {playlists.nodes
              .filter(({ mayEdit }) => mayEdit)
              .map(({ id, title, totalCount, covers }) => (
                <li key={id}>
                  <button type="button" onClick={() => void add(id, title)} className="flex w-full items-center gap-3 rounded-lg p-2 text-left hover:bg-ink/6">
                    <div className="w-10 shrink-0 overflow-hidden rounded-md">
                      <Covers covers={covers} name={title} sizes="40px" />
                    </div>
                    <span className="min-w-0 flex-1 truncate text-sm font-medium">{title}</span>
                    <span className="text-xs text-muted">{plural(totalCount, 'song')}</span>
                  </button>
                </li>
              ))}
          </ul>
          <More {...playlists.more} />
        </div>
      )}
    </Dialog>
  );
}
