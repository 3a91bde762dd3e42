import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useDroppable, useDraggable, useSensor, useSensors, type DragEndEvent } from '@dnd-kit/core';
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { GripVertical, Plus, X } from 'lucide-react';
import { useDeferredValue, useEffect, useState } from 'react';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { IconButton } from '../design/button.js';
import { duration } from '../design/format.js';
import { notifyError } from '../design/toast.js';
import { TRACK, type Track } from '../playback/track.js';
import { setTracks } from './album-edits.js';

const CANDIDATES = graphql(
  `
    query Candidates($search: String) {
      songs(first: 30, search: $search) {
        edges {
          node {
            ...Track
          }
        }
      }
    }
  `,
  [TRACK],
);

type Placed = Track & { discNumber: number | null };
const END = 'end-of-the-album';

/** The tracks of an album on the left, the library on the right; songs are added and moved by drag or button. */
export function TrackArranger({ albumId, tracks }: { albumId: string; tracks: readonly Placed[] }) {
  const queries = useQueryClient();
  const [shown, setShown] = useState<readonly Placed[]>(tracks);
  const stamp = tracks.map(({ id }) => id).join();
  useEffect(() => setShown(tracks), [stamp]);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );

  const arrange = async (next: readonly Placed[]) => {
    const before = shown;
    setShown(next);
    try {
      await setTracks(albumId, next);
    } catch (error) {
      setShown(before);
      notifyError(error);
    }
    await queries.invalidateQueries({ queryKey: ['album', albumId] });
  };
  const add = (song: Track, at = shown.length) => {
    if (shown.some(({ id }) => id === song.id)) return;
    void arrange(shown.toSpliced(at, 0, { ...song, discNumber: shown.at(Math.max(0, at - 1))?.discNumber ?? 1 }));
  };
  const drop = ({ active, over }: DragEndEvent) => {
    if (!over || active.id === over.id) return;
    const to = over.id === END ? shown.length : shown.findIndex(({ id }) => id === over.id);
    const incoming = active.data.current?.['song'] as Track | undefined;
    if (incoming) return add(incoming, to);
    const from = shown.findIndex(({ id }) => id === active.id);
    if (from >= 0) void arrange(arrayMove([...shown], from, Math.min(to, shown.length - 1)));
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop}>
      <div className="grid gap-8 lg:grid-cols-2">
        <section aria-label="Tracks">
          <h3 className="mb-3 text-lg font-bold">Tracks</h3>
          <SortableContext items={shown.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
            <ol>
              {shown.map((song, at) => (
                <PlacedRow key={song.id} song={song} number={at + 1} onRemove={() => void arrange(shown.filter(({ id }) => id !== song.id))} />
              ))}
            </ol>
          </SortableContext>
          <End isEmpty={shown.length === 0} />
        </section>
        <Library onAlbum={new Set(shown.map(({ id }) => id))} onAdd={add} />
      </div>
    </DndContext>
  );
}

function PlacedRow({ song, number, onRemove }: { song: Placed; number: number; onRemove: () => void }) {
  const { setNodeRef, attributes, listeners, transform, transition } = useSortable({ id: song.id });
  return (
    <li
      ref={setNodeRef}
      style={{ transform: transform ? `translate3d(0, ${transform.y}px, 0)` : undefined, transition }}
      className="mb-1 flex items-center gap-2 rounded-lg border border-line bg-raised p-1.5"
    >
      <button type="button" {...attributes} {...listeners} aria-label={`Move ${song.title}`} className="grid size-9 shrink-0 cursor-grab touch-none place-items-center rounded-full text-muted hover:bg-ink/8">
        <GripVertical size={16} />
      </button>
      <span className="w-6 text-right text-xs text-muted tabular-nums">{number}</span>
      <span className="min-w-0 flex-1 truncate text-sm font-medium">{song.title}</span>
      <span className="text-xs text-muted tabular-nums">{duration(song.durationSeconds)}</span>
      <IconButton label={`Take ${song.title} off the album`} onClick={onRemove}>
        <X size={16} />
      </IconButton>
    </li>
  );
}

function End({ isEmpty }: { isEmpty: boolean }) {
  const { setNodeRef, isOver } = useDroppable({ id: END });
  return (
    <div ref={setNodeRef} className={`grid place-items-center rounded-lg border-2 border-dashed text-sm text-muted transition ${isEmpty ? 'h-32' : 'h-14'} ${isOver ? 'border-accent bg-accent/10' : 'border-line'}`}>
      {isEmpty ? 'Drag songs here' : 'Drag more here'}
    </div>
  );
}

function Library({ onAlbum, onAdd }: { onAlbum: ReadonlySet<string>; onAdd: (song: Track) => void }) {
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim()) || null;
  const { data } = useQuery({
    queryKey: ['candidates', search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask(CANDIDATES, { search }, signal),
  });
  const songs = (data?.songs.edges ?? []).map(({ node }) => node).filter(({ id }) => !onAlbum.has(id));
  return (
    <section aria-label="Library">
      <input
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        placeholder="Find songs to add"
        aria-label="Find songs to add"
        className="mb-3 h-10 w-full rounded-full border border-line bg-raised px-4 text-sm outline-none focus:border-accent"
      />
      <ul className="max-h-128 overflow-auto">
        {songs.map((song) => (
          <CandidateRow key={song.id} song={song} onAdd={() => onAdd(song)} />
        ))}
      </ul>
    </section>
  );
}

function CandidateRow({ song, onAdd }: { song: Track; onAdd: () => void }) {
  const { setNodeRef, attributes, listeners, transform, isDragging } = useDraggable({ id: `candidate-${song.id}`, data: { song } });
  return (
    <li
      ref={setNodeRef}
      style={{ transform: transform ? `translate3d(${transform.x}px, ${transform.y}px, 0)` : undefined }}
      className={`flex items-center gap-2 rounded-lg p-1.5 hover:bg-ink/5 ${isDragging ? 'lifted relative z-10 bg-raised' : ''}`}
    >
      <button type="button" {...attributes} {...listeners} aria-label={`Drag ${song.title}`} className="grid size-9 shrink-0 cursor-grab touch-none place-items-center rounded-full text-muted hover:bg-ink/8">
        <GripVertical size={16} />
      </button>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{song.title}</span>
        <span className="block truncate text-xs text-muted">{[song.artist, song.album?.title].filter(Boolean).join(' · ')}</span>
      </span>
      <IconButton label={`Put ${song.title} on the album`} onClick={onAdd}>
        <Plus size={16} />
      </IconButton>
    </li>
  );
}
