import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { AlbumTracksResolver } from '../albums/album-tracks.resolver.js';
import { AlbumsResolver } from '../albums/albums.resolver.js';
import { SongAlbumResolver } from '../albums/song-album.resolver.js';
import { CapacityResolver } from '../capacity/capacity.resolver.js';
import { EntriesResolver, EntrySongResolver } from '../playlists/entries.resolver.js';
import { PlaylistsResolver } from '../playlists/playlists.resolver.js';
import { PlaysResolver, SongPlaysResolver } from '../plays/plays.resolver.js';
import { ArtistsResolver } from '../search/artists.resolver.js';
import { SearchResolver } from '../search/search.resolver.js';
import { ProcessingResolver } from '../songs/processing/processing.resolver.js';
import { SongSubscriptionsResolver } from '../songs/events/song-subscriptions.resolver.js';
import { SongEditingResolver } from '../songs/song-editing.resolver.js';
import { UploadsResolver } from '../uploads/pending/uploads.resolver.js';
import { SongUploadsResolver } from '../uploads/song-uploads.resolver.js';
import { SongsResolver } from '../songs/songs.resolver.js';
import { ArtworkUrlsResolver } from '../streaming/artwork-urls.resolver.js';
import { HlsSourcesResolver } from '../streaming/hls-sources.resolver.js';
import { AccessTokensResolver } from '../users/access-tokens/access-tokens.resolver.js';
import { AccountsResolver } from '../users/accounts/accounts.resolver.js';
import { SongAudioResolver } from '../streaming/song-audio.resolver.js';
import { UsersResolver } from '../users/accounts/users.resolver.js';
import { WebhooksResolver } from '../webhooks/webhooks.resolver.js';

/** All resolvers. test/contract.e2e-spec.ts fails if one is missing here. */
const resolvers = [
  UsersResolver,
  AccountsResolver,
  AccessTokensResolver,
  SongsResolver,
  SongEditingResolver,
  UploadsResolver,
  SongUploadsResolver,
  ProcessingResolver,
  CapacityResolver,
  AlbumsResolver,
  AlbumTracksResolver,
  SongAlbumResolver,
  SongSubscriptionsResolver,
  WebhooksResolver,
  SearchResolver,
  ArtistsResolver,
  PlaylistsResolver,
  EntriesResolver,
  EntrySongResolver,
  PlaysResolver,
  SongPlaysResolver,
  SongAudioResolver,
  ArtworkUrlsResolver,
  HlsSourcesResolver,
];

/** Prints the GraphQL schema that the resolvers define; needs no database. */
const app = await NestFactory.create(GraphQLSchemaBuilderModule, { logger: false });
await app.init();
const schema = await app.get(GraphQLSchemaFactory).create(resolvers);
process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);
await app.close();
