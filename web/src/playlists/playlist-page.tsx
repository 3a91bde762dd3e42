import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy, Globe, Link2, Lock, Pencil, Play, Shuffle, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { codeOf } from '../api/api-error.js';
import { Button, IconButton } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { longDuration, plural } from '../design/format.js';
import { Menu } from '../design/menu.js';
import { Empty, Failed } from '../design/notice.js';
import { notify, notifyError } from '../design/toast.js';
import { Hero, HERO_SIZES } from '../library/hero.js';
import { More } from '../library/more.js';
import { usePages } from '../library/pages.js';
import { Tracks } from '../library/tracks.js';
import { player } from '../playback/the-player.js';
import { useViewer } from '../session/account.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { Covers } from './covers.js';
import { copyPlaylist, deletePlaylist, updatePlaylist, type Visibility } from './edits.js';
import { EntryList } from './entry-list.js';
import { entriesKey, entriesOf, playlistQuery } from './queries.js';
import { RenamePlaylist } from './rename-playlist.js';

const VISIBILITIES: Record<Visibility, { label: string; icon: React.ReactNode }> = {
  PRIVATE: { label: 'Private', icon: <Lock size={16} /> },
  UNLISTED: { label: 'By link', icon: <Link2 size={16} /> },
  PUBLIC: { label: 'Public', icon: <Globe size={16} /> },
};

export function PlaylistPage() {
  const { id = '' } = useParams();
  const viewer = useViewer();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null);
  const { data: playlist, error, refetch } = useQuery(playlistQuery(id));
  const entries = usePages(entriesKey(id), (after, signal) => entriesOf(id, after, signal));
  if (error) return codeOf(error) === 'NOT_FOUND' ? <NotFound /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (!playlist) return <PageSkeleton />;

  const tracks = entries.nodes.map(({ song }) => song);
  const isOwner = viewer?.id === playlist.ownerId;
  const { label, icon } = VISIBILITIES[playlist.visibility];
  const attempt = async (deed: () => Promise<unknown>, done?: string) => {
    try {
      await deed();
      if (done) notify(done);
      await queries.invalidateQueries({ queryKey: ['playlist', id] });
      await queries.invalidateQueries({ queryKey: ['playlists'] });
    } catch (reason) {
      notifyError(reason);
    }
  };
  return (
    <>
      <Hero
        kind={`Playlist · ${label.toLowerCase()}`}
        title={playlist.title}
        tint={playlist.covers[0]?.dominantColour}
        cover={<Covers covers={playlist.covers} name={playlist.title} sizes={HERO_SIZES} lazy={false} />}
        facts={
          <>
            {plural(playlist.totalCount, 'song')} · {longDuration(playlist.durationSeconds)}
            {playlist.description && <p className="mt-2 max-w-xl">{playlist.description}</p>}
          </>
        }
      >
        <Button look="primary" icon={<Play size={16} fill="currentColor" />} disabled={!tracks.length} onClick={() => player.playTracks(tracks)}>
          Play
        </Button>
        <IconButton
          label="Shuffle"
          disabled={!tracks.length}
          onClick={() => {
            player.setShuffle(true);
            player.playTracks(tracks, Math.floor(Math.random() * tracks.length));
          }}
        >
          <Shuffle size={20} />
        </IconButton>
        {viewer && (
          <IconButton label="Copy it to my playlists" onClick={() => void attempt(async () => go(`/playlists/${await copyPlaylist(id)}`), 'Copied to your playlists.')}>
            <Copy size={20} />
          </IconButton>
        )}
        {isOwner && (
          <>
            <IconButton label="Change name and description" onClick={() => setDialog('rename')}>
              <Pencil size={20} />
            </IconButton>
            <Menu
              label="Who may see it"
              trigger={icon}
              items={(Object.keys(VISIBILITIES) as Visibility[]).map((visibility) => ({
                label: VISIBILITIES[visibility].label,
                icon: VISIBILITIES[visibility].icon,
                checked: visibility === playlist.visibility,
                onSelect: () => void attempt(() => updatePlaylist(id, { visibility })),
              }))}
            />
            <IconButton label="Delete the playlist" onClick={() => setDialog('delete')}>
              <Trash2 size={20} />
            </IconButton>
          </>
        )}
      </Hero>
      {entries.isError && <Failed error={entries.error} onRetry={() => void entries.refetch()} />}
      {entries.isSuccess && tracks.length === 0 && (
        <Empty title="Nothing on it yet">Add songs with the menu at the end of their row.</Empty>
      )}
      {playlist.mayEdit ? <EntryList playlistId={id} entries={entries.nodes} /> : <Tracks label="Songs" tracks={tracks} />}
      <More {...entries.more} />
      {dialog === 'rename' && <RenamePlaylist playlist={playlist} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <Dialog title="Delete the playlist?" onClose={() => setDialog(null)}>
          <p className="mb-5 text-sm">“{playlist.title}” will be gone for good. Its songs stay in the library.</p>
          <div className="flex justify-end gap-2">
            <Button onClick={() => setDialog(null)}>Keep it</Button>
            <Button
              look="danger"
              onClick={() =>
                void deletePlaylist(id).then(() => {
                  queries.removeQueries({ queryKey: ['playlist', id] });
                  void queries.invalidateQueries({ queryKey: ['playlists'] });
                  go('/playlists');
                }, notifyError)
              }
            >
              Delete it
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
