import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { LibraryEvent } from '../../events/event-bus.js';

export enum LibraryChangeKind {
  UPLOADED = 'UPLOADED',
  READY = 'READY',
  FAILED = 'FAILED',
  CHANGED = 'CHANGED',
  REMOVED = 'REMOVED',
  ALBUM_CHANGED = 'ALBUM_CHANGED',
  ALBUM_REMOVED = 'ALBUM_REMOVED',
  MISSED = 'MISSED',
}

registerEnumType(LibraryChangeKind, {
  name: 'LibraryChangeKind',
  description: 'What happened to a song or an album of the library.',
  valuesMap: {
    UPLOADED: { description: 'A new song; not transcoded yet.' },
    READY: { description: 'A generation was published: listeners get it from now on.' },
    FAILED: { description: 'A run failed for good; Song.processing.error says why.' },
    CHANGED: {
      description:
        'Tags, cover, album, audio or the published generation changed, or it is to be transcoded again.',
    },
    REMOVED: { description: 'The song is gone.' },
    ALBUM_CHANGED: {
      description: 'An album was created, published, withdrawn or edited, or its tracks or cover changed.',
    },
    ALBUM_REMOVED: { description: 'The album is gone; its songs stay.' },
    MISSED: {
      description: 'The server may have missed changes of any kind: query again what you show.',
    },
  },
});

@ObjectType({ description: 'Something that happened in the library.' })
export class LibraryChange {
  @Field(() => LibraryChangeKind, { description: 'What happened.' })
  kind: LibraryChangeKind;

  @Field(() => ID, {
    nullable: true,
    description: 'Song.id; null for changes of an album, and for MISSED, which is about anything.',
  })
  songId: string | null;

  @Field(() => ID, { nullable: true, description: 'Album.id; null for changes of a song, and for MISSED.' })
  albumId: string | null;

  @Field({ description: 'When the server published the change.' })
  at: Date;
}

const KINDS: Partial<Record<LibraryEvent['type'], LibraryChangeKind>> = {
  'song.uploaded': LibraryChangeKind.UPLOADED,
  'song.ready': LibraryChangeKind.READY,
  'song.failed': LibraryChangeKind.FAILED,
  'song.changed': LibraryChangeKind.CHANGED,
  'song.removed': LibraryChangeKind.REMOVED,
  'album.changed': LibraryChangeKind.ALBUM_CHANGED,
  'album.removed': LibraryChangeKind.ALBUM_REMOVED,
  'events.missed': LibraryChangeKind.MISSED,
};

const changes = new WeakMap<LibraryEvent, LibraryChange | null>();

/**
 * Null for events that change nothing in the library, such as progress. The same event always gives the same object.
 */
export function libraryChangeOf(event: LibraryEvent): LibraryChange | null {
  const known = changes.get(event);
  if (known !== undefined) return known;
  const kind = KINDS[event.type];
  const change = kind
    ? {
        kind,
        songId: 'songId' in event ? event.songId : null,
        albumId: 'albumId' in event ? event.albumId : null,
        at: new Date(event.at),
      }
    : null;
  changes.set(event, change);
  return change;
}

/** Whether anonymous clients may receive the event; changes of draft albums go to administrators only. */
export function isPublicEvent(event: LibraryEvent): boolean {
  return !('albumId' in event) || event.isPublic;
}
