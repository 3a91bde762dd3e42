import { ObjectType } from '@nestjs/graphql';
import { Connection } from '../platform/graphql/connection.js';
import { Album } from './album.schema.js';

@ObjectType({ description: 'A page of albums.' })
export class AlbumConnection extends Connection(Album, 'albums') {}
