import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Button } from '../design/button.js';
import { Field } from '../design/field.js';
import { notifyError } from '../design/toast.js';
import { createPlaylist } from './edits.js';
import { MINE_KEY } from './queries.js';

/** A form to create a playlist; only a name is required. */
export function NewPlaylist({ onMade }: { onMade: (id: string, title: string) => void }) {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get('title')).trim();
    if (!title) return;
    setBusy(true);
    try {
      const id = await createPlaylist(title);
      await queries.invalidateQueries({ queryKey: MINE_KEY });
      onMade(id, title);
    } catch (error) {
      notifyError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex items-end gap-2">
      <Field label="Name of a new playlist" name="title" required maxLength={200} className="flex-1" autoComplete="off" />
      <Button type="submit" look="primary" busy={busy} className="min-h-11">
        Make it
      </Button>
    </form>
  );
}
