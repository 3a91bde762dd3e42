import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { checkedId } from '../platform/mongo/object-id.js';
import { RequireRole } from '../users/authorization/access.guard.js';
import { Role } from '../users/accounts/account.schema.js';
import { SongArtwork } from './song-artwork.service.js';
import { SongRemoval } from './media/song-removal.service.js';
import { SongTagging } from './song-tagging.service.js';
import { Song } from './song.schema.js';
import { UpdateSongInput } from './update-song.input.js';

@Resolver(() => Song)
export class SongEditingResolver {
  constructor(
    private readonly tagging: SongTagging,
    private readonly removal: SongRemoval,
    private readonly artwork: SongArtwork,
  ) {}

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description: 'Changes the tags of a song, not its file. Errors: NOT_FOUND, BAD_INPUT, CONFLICT.',
  })
  updateSong(
    @Args('id', { type: () => ID, description: 'Song.id' }) id: string,
    @Args('input', { description: 'What to change.' }) input: UpdateSongInput,
  ): Promise<Song> {
    return this.tagging.update(checkedId('Song', id), input);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Boolean, {
    description:
      'Removes a song permanently, even while it is being transcoded: its files, and its entries on albums and ' +
      'playlists. Caches outside this server may keep a file until they drop it. Always true. Errors: NOT_FOUND.',
  })
  async deleteSong(@Args('id', { type: () => ID, description: 'Song.id' }) id: string): Promise<boolean> {
    await this.removal.remove(checkedId('Song', id));
    return true;
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Removes a song’s own cover; the song then shows its album’s. A song without a cover stays unchanged. ' +
      'Errors: NOT_FOUND.',
  })
  removeSongArtwork(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
  ): Promise<Song> {
    return this.artwork.remove(checkedId('Song', songId));
  }
}
