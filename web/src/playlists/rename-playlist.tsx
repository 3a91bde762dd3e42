import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { Field } from '../design/field.js';
import { notifyError } from '../design/toast.js';
import { updatePlaylist } from './edits.js';

interface Named {
  id: string;
  title: string;
  description: string;
}

export function RenamePlaylist({ playlist, onClose }: { playlist: Named; onClose: () => void }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await updatePlaylist(playlist.id, { title: String(form.get('title')), description: String(form.get('description')) });
      await queries.invalidateQueries({ queryKey: ['playlist', playlist.id] });
      await queries.invalidateQueries({ queryKey: ['playlists'] });
      onClose();
    } catch (error) {
      notifyError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Name and description" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <Field label="Name" name="title" defaultValue={playlist.title} required maxLength={200} />
        <Field label="Description" name="description" defaultValue={playlist.description} maxLength={2000} />
        <Button type="submit" look="primary" busy={busy} className="justify-self-end">
          Save
        </Button>
      </form>
    </Dialog>
  );
}
