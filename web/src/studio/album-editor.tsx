import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { codeOf } from '../api/api-error.js';
import { Button } from '../design/button.js';
import { Field } from '../design/field.js';
import { Failed } from '../design/notice.js';
import { notify, notifyError } from '../design/toast.js';
import { albumQuery } from '../library/album-query.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { deleteAlbum, setCover, updateAlbum } from './album-edits.js';
import { CoverField } from './cover-field.js';
import { TrackArranger } from './track-arranger.js';

/** An album: its title and other fields, its cover, its tracks in order. */
export function AlbumEditor() {
  const { id = '' } = useParams();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const { data: album, error, refetch } = useQuery(albumQuery(id));
  if (error) return codeOf(error) === 'NOT_FOUND' ? <NotFound /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (!album) return <PageSkeleton />;

  const attempt = async (deed: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await deed();
      await queries.invalidateQueries();
      notify(done);
    } catch (reason) {
      notifyError(reason);
    } finally {
      setBusy(false);
    }
  };
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim() || null;
    const input = { title: String(form.get('title')), artist: text('artist'), genre: text('genre'), releaseDate: text('releaseDate') };
    void attempt(() => updateAlbum(id, input), 'Saved.');
  };
  const isDraft = album.state === 'DRAFT';
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <h2 className="min-w-0 truncate text-xl font-bold">{album.title}</h2>
        <div className="flex flex-wrap gap-2">
          <Link href={`/albums/${id}`} className="inline-flex min-h-10 items-center rounded-full px-4 text-sm font-semibold hover:bg-ink/8">
            Show it
          </Link>
          <Button
            look={isDraft ? 'primary' : 'secondary'}
            busy={busy}
            onClick={() => void attempt(() => updateAlbum(id, { state: isDraft ? 'PUBLISHED' : 'DRAFT' }), isDraft ? 'It is out.' : 'It is a draft again.')}
          >
            {isDraft ? 'Bring it out' : 'Make it a draft'}
          </Button>
          <Button
            look="danger"
            busy={busy}
            onClick={() =>
              confirm(`Delete “${album.title}”? Its songs stay.`) &&
              void attempt(async () => {
                await deleteAlbum(id);
                go('/studio/albums');
              }, 'The album is deleted.')
            }
          >
            Delete
          </Button>
        </div>
      </div>
      <form onSubmit={save} className="mb-8 grid grid-cols-2 gap-4 rounded-2xl border border-line bg-raised p-4 md:p-6">
        <CoverField artwork={album.artwork} name={album.title} chosen={null} onChoose={(file) => void attempt(() => setCover(id, file), 'The cover is changed.')} className="col-span-2" />
        <Field label="Title" name="title" defaultValue={album.title} required maxLength={300} className="col-span-2 sm:col-span-1" />
        <Field label="Artist" name="artist" defaultValue={album.artist ?? ''} maxLength={300} className="col-span-2 sm:col-span-1" />
        <Field label="Genre" name="genre" defaultValue={album.genre ?? ''} maxLength={100} />
        <Field label="Released" name="releaseDate" defaultValue={album.releaseDate ?? ''} pattern="\d{4}(-\d{2}(-\d{2})?)?" title="1997, 1997-09 or 1997-09-22" />
        <Button type="submit" look="primary" busy={busy} className="col-span-2 justify-self-end">
          Save
        </Button>
      </form>
      <TrackArranger albumId={id} tracks={album.tracks} />
    </>
  );
}
