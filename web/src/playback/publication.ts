import { graphql } from '../api/graphql.js';
import { listen } from '../api/news.js';

const PUBLISHED = graphql(`
  subscription Published($songId: ID!) {
    songProcessing(songId: $songId) {
      id
      publishedGeneration
    }
  }
`);

/** Calls back once, when the song has its adaptive version. Returns what ends the wait. */
export function whenPublished(songId: string, callback: () => void): () => void {
  const stop = listen(PUBLISHED, { songId }, ({ songProcessing }) => {
    if (!songProcessing.publishedGeneration) return;
    stop();
    callback();
  });
  return stop;
}
