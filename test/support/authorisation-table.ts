/** `open`: anyone, signed in or not. `signed in`: any account. `admin`: accounts of the role ADMIN. */
export type Rule = 'open' | 'signed in' | 'admin';

/**
 * Who may ask what: the one written table, compared with the running app by test/authorisation.e2e-spec.ts. A new root
 * field belongs here in the same commit. Rules about whose things they are: authorisation-owners.ts.
 */
export const TABLE: Record<string, Rule> = {
  // People
  'Mutation.register': 'open',
  'Mutation.login': 'open',
  'Mutation.logout': 'signed in',
  'Mutation.logoutEverywhere': 'signed in',
  'Mutation.changePassword': 'signed in',
  'Query.me': 'signed in',
  'Query.viewer': 'open',
  'Query.accessTokens': 'signed in',
  'Mutation.createAccessToken': 'signed in',
  'Mutation.revokeAccessToken': 'signed in',
  'Query.accounts': 'admin',
  'Mutation.changeRole': 'admin',
  'Mutation.suspendAccount': 'admin',
  'Mutation.reinstateAccount': 'admin',

  // Songs
  'Query.song': 'open',
  'Query.songs': 'open',
  'Query.hlsSources': 'open',
  'Mutation.uploadSong': 'admin',
  'Mutation.createUpload': 'admin',
  'Mutation.completeUpload': 'admin',
  'Mutation.replaceAudioWithUpload': 'admin',
  'Mutation.processSong': 'admin',
  'Mutation.rollbackSong': 'admin',
  'Mutation.updateSong': 'admin',
  'Mutation.deleteSong': 'admin',
  'Mutation.replaceAudio': 'admin',
  'Query.songBySha256': 'admin',
  'Mutation.setSongArtwork': 'admin',
  'Mutation.removeSongArtwork': 'admin',
  'Query.capacity': 'admin',

  // Albums
  'Query.album': 'open',
  'Query.albums': 'open',
  'Mutation.createAlbum': 'admin',
  'Mutation.updateAlbum': 'admin',
  'Mutation.deleteAlbum': 'admin',
  'Mutation.setAlbumTracks': 'admin',
  'Mutation.moveSongToAlbum': 'admin',
  'Mutation.removeSongFromAlbum': 'admin',
  'Mutation.setAlbumArtwork': 'admin',
  'Mutation.removeAlbumArtwork': 'admin',

  // Search
  'Query.search': 'open',
  'Query.artist': 'open',

  // Plays
  'Mutation.recordPlay': 'open',
  'Query.playHistory': 'signed in',
  'Query.recentlyPlayed': 'signed in',
  'Query.topSongs': 'open',

  // Playlists
  'Query.playlist': 'open',
  'Query.playlists': 'open',
  'Query.myPlaylists': 'signed in',
  'Mutation.createPlaylist': 'signed in',
  'Mutation.updatePlaylist': 'signed in',
  'Mutation.deletePlaylist': 'signed in',
  'Mutation.copyPlaylist': 'signed in',
  'Mutation.addCollaborator': 'signed in',
  'Mutation.removeCollaborator': 'signed in',
  'Mutation.addToPlaylist': 'signed in',
  'Mutation.movePlaylistEntry': 'signed in',
  'Mutation.removeFromPlaylist': 'signed in',

  // Webhooks
  'Query.webhooks': 'admin',
  'Query.webhookDeliveries': 'admin',
  'Mutation.createWebhook': 'admin',
  'Mutation.updateWebhook': 'admin',
  'Mutation.deleteWebhook': 'admin',

  // Events
  'Subscription.songProcessing': 'open',
  'Subscription.libraryChanged': 'open',
};
