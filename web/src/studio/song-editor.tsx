import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { messageOf } from '../api/api-error.js';
import { ask, askWithFile } from '../api/client.js';
import { graphql, type FragmentOf } from '../api/graphql.js';
import { ARTWORK } from '../design/artwork.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { Field } from '../design/field.js';
import { CoverField } from './cover-field.js';

export const EDITABLE = graphql(
  `
    fragment Editable on Song {
      id
      title
      artist
      albumTitle
      genre
      year
      trackNumber
      discNumber
      artwork {
        ...Artwork
      }
    }
  `,
  [ARTWORK],
);

export type EditableSong = FragmentOf<typeof EDITABLE>;

const UPDATE = graphql(`
  mutation UpdateSong($id: ID!, $input: UpdateSongInput!) {
    updateSong(id: $id, input: $input) {
      id
    }
  }
`);

const SET_COVER = graphql(`
  mutation SetSongArtwork($songId: ID!, $file: Upload!) {
    setSongArtwork(songId: $songId, file: $file) {
      id
    }
  }
`);

/** A dialog to edit the tags and the cover of a song. */
export function SongEditor({ song, onClose }: { song: EditableSong; onClose: () => void }) {
  const queries = useQueryClient();
  const [cover, setCover] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name)).trim() || null;
    const number = (name: string) => (form.get(name) ? Number(form.get(name)) : null);
    setBusy(true);
    setError(null);
    try {
      await ask(UPDATE, {
        id: song.id,
        input: {
          title: String(form.get('title')),
          artist: text('artist'),
          albumTitle: text('albumTitle'),
          genre: text('genre'),
          year: number('year'),
          trackNumber: number('trackNumber'),
          discNumber: number('discNumber'),
        },
      });
      if (cover) await askWithFile(SET_COVER, { songId: song.id, file: null }, cover);
      await queries.invalidateQueries();
      onClose();
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Edit the song" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="grid grid-cols-6 gap-4">
        <CoverField artwork={song.artwork} name={song.albumTitle ?? song.title} chosen={cover} onChoose={setCover} className="col-span-6" />
        <Field label="Title" name="title" defaultValue={song.title} required maxLength={300} className="col-span-6" />
        <Field label="Artist" name="artist" defaultValue={song.artist ?? ''} maxLength={300} className="col-span-6 sm:col-span-3" />
        <Field label="Album, as tagged" name="albumTitle" defaultValue={song.albumTitle ?? ''} maxLength={300} className="col-span-6 sm:col-span-3" />
        <Field label="Genre" name="genre" defaultValue={song.genre ?? ''} maxLength={100} className="col-span-6" />
        <Field label="Year" name="year" type="number" min={1} max={9999} defaultValue={song.year ?? ''} className="col-span-2" />
        <Field label="Track" name="trackNumber" type="number" min={1} max={9999} defaultValue={song.trackNumber ?? ''} className="col-span-2" />
        <Field label="Disc" name="discNumber" type="number" min={1} max={999} defaultValue={song.discNumber ?? ''} className="col-span-2" />
        {error && (
          <p role="alert" className="col-span-6 text-sm text-danger">
            {error}
          </p>
        )}
        <div className="col-span-6 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
