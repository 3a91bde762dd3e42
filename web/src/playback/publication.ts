import { graphql } from '../api/graphql.js';
import { subscribe } from '../api/subscriptions.js';

const PUBLISHED = graphql(`
  subscription Published($songId: ID!) {
    songProcessing(songId: $songId) {
      id
      publishedGeneration
    }
  }
`);

/** Calls back once when the song has its adaptive version. Returns a function that cancels the wait. */
export function whenPublished(songId: string, callback: () => void): () => void {
  const stop = subscribe(PUBLISHED, { songId }, ({ songProcessing }) => {
    if (!songProcessing.publishedGeneration) return;
    stop();
    callback();
  });
  return stop;
}
