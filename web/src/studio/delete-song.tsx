import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { notify, notifyError } from '../design/toast.js';

const DELETE = graphql(`
  mutation DeleteSong($id: ID!) {
    deleteSong(id: $id)
  }
`);

export function DeleteSong({ song, onClose }: { song: { id: string; title: string }; onClose: () => void }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await ask(DELETE, { id: song.id });
      notify(`“${song.title}” is deleted.`);
      await queries.invalidateQueries();
      onClose();
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Delete the song?" onClose={onClose}>
      <p className="mb-5 text-sm">
        “{song.title}” goes for good: its files, its places on albums and in everybody’s playlists.
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={busy} onClick={() => void remove()}>
          Delete it
        </Button>
      </div>
    </Dialog>
  );
}
