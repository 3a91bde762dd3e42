/** Names of remembered answers about a song, so that whoever changes the song can have them forgotten. */
export const hlsAnswerKey = (songId: string): string => `hls:${songId}`;
