import { useQueryClient } from '@tanstack/react-query';
import { Disc3 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { Link, useLocation } from 'wouter';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Artwork } from '../design/artwork.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { Field } from '../design/field.js';
import { Empty, Failed, Skeleton } from '../design/notice.js';
import { notifyError } from '../design/toast.js';
import { ALBUM_CARD } from '../library/album-card.js';
import { More } from '../library/more.js';
import { usePages } from '../library/pages.js';

const ALBUMS = graphql(
  `
    query StudioAlbums($after: String) {
      albums(first: 50, after: $after) {
        edges {
          node {
            ...AlbumCard
            state
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [ALBUM_CARD],
);

const CREATE = graphql(`
  mutation CreateAlbum($input: CreateAlbumInput!) {
    createAlbum(input: $input) {
      id
    }
  }
`);

/** All albums, including drafts. */
export function AlbumList() {
  const [making, setMaking] = useState(false);
  const albums = usePages(['studio-albums'], async (after, signal) => (await ask(ALBUMS, { after }, signal)).albums);
  return (
    <>
      <div className="mb-4 flex justify-end">
        <Button look="primary" onClick={() => setMaking(true)}>
          New album
        </Button>
      </div>
      {albums.isError && <Failed error={albums.error} onRetry={() => void albums.refetch()} />}
      {albums.isPending && <Skeleton className="h-64" />}
      {albums.isSuccess && albums.nodes.length === 0 && (
        <Empty icon={<Disc3 size={40} />} title="No albums yet">
          Make one, then drag songs onto it.
        </Empty>
      )}
      <ul className="grid gap-2 sm:grid-cols-2">
        {albums.nodes.map((album) => (
          <li key={album.id}>
            <Link href={`/studio/albums/${album.id}`} className="flex items-center gap-3 rounded-xl border border-line bg-raised p-2 hover:border-muted">
              <Artwork artwork={album.artwork} name={album.title} sizes="56px" className="size-14 shrink-0 rounded-lg" />
              <span className="min-w-0 flex-1">
                <span className="block truncate text-sm font-semibold">{album.title}</span>
                <span className="block truncate text-xs text-muted">{album.artist ?? 'Various artists'}</span>
              </span>
              {album.state === 'DRAFT' && <span className="rounded-full border border-line px-2 py-0.5 text-xs text-muted">Draft</span>}
            </Link>
          </li>
        ))}
      </ul>
      <More {...albums.more} />
      {making && <NewAlbum onClose={() => setMaking(false)} />}
    </>
  );
}

function NewAlbum({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const { createAlbum } = await ask(CREATE, {
        input: { title: String(form.get('title')), artist: String(form.get('artist')).trim() || null, state: 'DRAFT' },
      });
      await queries.invalidateQueries({ queryKey: ['studio-albums'] });
      go(`/studio/albums/${createAlbum.id}`);
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title="New album" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <Field label="Title" name="title" required maxLength={300} />
        <Field label="Artist" name="artist" maxLength={300} hint="Empty for one of many artists." />
        <Button type="submit" look="primary" busy={busy} className="justify-self-end">
          Make it
        </Button>
      </form>
    </Dialog>
  );
}
