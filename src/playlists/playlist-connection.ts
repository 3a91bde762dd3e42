import { ObjectType } from '@nestjs/graphql';
import { Connection } from '../platform/graphql/connection.js';
import { PlaylistEntry } from './playlist-entry.schema.js';
import { Playlist } from './playlist.schema.js';

@ObjectType({ description: 'A page of playlists.' })
export class PlaylistConnection extends Connection(Playlist, 'playlists') {}

@ObjectType({
  description:
    'A page of entries. Those whose song was deleted are left out, so a page may have fewer than asked.',
})
export class PlaylistEntryConnection extends Connection(PlaylistEntry, 'entries') {}
