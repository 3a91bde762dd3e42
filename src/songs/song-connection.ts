import { ObjectType } from '@nestjs/graphql';
import { Connection } from '../platform/graphql/connection.js';
import { Song } from './song.schema.js';

@ObjectType({ description: 'A page of songs.' })
export class SongConnection extends Connection(Song, 'songs') {}
