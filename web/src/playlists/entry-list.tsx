import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent } from '@dnd-kit/core';
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { useQueryClient } from '@tanstack/react-query';
import { GripVertical, Play, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Artwork } from '../design/artwork.js';
import { IconButton } from '../design/button.js';
import { duration } from '../design/format.js';
import { notifyError } from '../design/toast.js';
import { current } from '../playback/queue.js';
import { player, usePlayer } from '../playback/the-player.js';
import type { Track } from '../playback/track.js';
import { moveEntry, removeEntry } from './edits.js';

interface Entry {
  id: string;
  song: Track;
}

/** The entries of an editable playlist: moved by pointer or keyboard, removed by a button. */
export function EntryList({ playlistId, entries }: { playlistId: string; entries: readonly Entry[] }) {
  const queries = useQueryClient();
  // Shows an edit at once (optimistic update) until the answer of the server replaces it.
  const [shown, setShown] = useState(entries);
  const stamp = entries.map(({ id }) => id).join();
  useEffect(() => setShown(entries), [stamp]);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );

  const edit = async (next: readonly Entry[], deed: () => Promise<unknown>) => {
    const before = shown;
    setShown(next);
    try {
      await deed();
    } catch (error) {
      setShown(before);
      notifyError(error);
    }
    await queries.invalidateQueries({ queryKey: ['playlist', playlistId] });
  };
  const drop = ({ active, over }: DragEndEvent) => {
    if (!over || active.id === over.id) return;
    const from = shown.findIndex(({ id }) => id === active.id);
    const to = shown.findIndex(({ id }) => id === over.id);
    const neighbour = from < to ? { after: String(over.id) } : { before: String(over.id) };
    void edit(arrayMove([...shown], from, to), () => moveEntry(playlistId, String(active.id), neighbour));
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop}>
      <SortableContext items={shown.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
        <ol aria-label="Songs">
          {shown.map((entry, at) => (
            <EntryRow
              key={entry.id}
              entry={entry}
              onPlay={() => player.playTracks(shown.map(({ song }) => song), at)}
              onRemove={() =>
                void edit(
                  shown.filter(({ id }) => id !== entry.id),
                  () => removeEntry(playlistId, entry.id),
                )
              }
            />
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}

function EntryRow({ entry: { id, song }, onPlay, onRemove }: { entry: Entry; onPlay: () => void; onRemove: () => void }) {
  const { setNodeRef, attributes, listeners, transform, transition, isDragging } = useSortable({ id });
  const plays = usePlayer(({ queue }) => current(queue)?.track.id === song.id);
  return (
    <li
      ref={setNodeRef}
      style={{ transform: transform ? `translate3d(0, ${transform.y}px, 0)` : undefined, transition }}
      className={`group flex items-center gap-3 rounded-lg px-1 py-1.5 hover:bg-ink/5 ${isDragging ? 'lifted relative z-10 bg-raised' : ''} ${plays ? 'text-accent' : ''}`}
    >
      <button type="button" {...attributes} {...listeners} aria-label={`Move ${song.title}`} className="grid size-9 shrink-0 cursor-grab touch-none place-items-center rounded-full text-muted hover:bg-ink/8">
        <GripVertical size={16} />
      </button>
      <button type="button" aria-label={`Play ${song.title}`} onClick={onPlay} className="relative size-11 shrink-0 overflow-hidden rounded-md">
        <Artwork artwork={song.artwork} name={song.albumTitle ?? song.title} sizes="44px" />
        <span className="absolute inset-0 grid place-items-center bg-black/45 text-white opacity-0 transition group-focus-within:opacity-100 group-hover:opacity-100">
          <Play size={18} fill="currentColor" aria-hidden />
        </span>
      </button>
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm font-medium">{song.title}</p>
        <p className="truncate text-xs text-muted">{song.artist ?? 'Unknown artist'}</p>
      </div>
      <span className="text-xs text-muted tabular-nums">{duration(song.durationSeconds)}</span>
      <IconButton label={`Take ${song.title} off the playlist`} onClick={onRemove}>
        <X size={16} />
      </IconButton>
    </li>
  );
}
