import { RotateCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { subscribe } from '../api/subscriptions.js';
import { Button } from '../design/button.js';
import { notifyError } from '../design/toast.js';

const WATCH = graphql(`
  subscription WatchProcessing($songId: ID!) {
    songProcessing(songId: $songId) {
      id
      processing {
        state
        percent
        attempt
        renditions {
          name
          percent
        }
        error {
          message
          retryable
        }
      }
    }
  }
`);

export const PROCESS = graphql(`
  mutation Process($songId: ID!) {
    processSong(songId: $songId) {
      id
    }
  }
`);

type Processing = ResultOf<typeof WATCH>['songProcessing']['processing'];

/** Texts by number of qualities; a capped ladder has fewer than four. */
const IN_WORDS = ['', 'one quality', 'two qualities', 'three qualities', 'all four qualities'];

/** Live progress of the qualities of a song. */
export function ProcessingLine({ songId }: { songId: string }) {
  const [processing, setProcessing] = useState<Processing | null>(null);
  useEffect(() => subscribe(WATCH, { songId }, ({ songProcessing }) => setProcessing(songProcessing.processing)), [songId]);
  if (!processing) return null;
  const { state, attempt, renditions, error } = processing;
  return (
    <div className="mt-3 text-xs" data-state={state}>
      {state === 'QUEUED' && <p className="text-muted">In the queue{attempt > 1 && `, try ${attempt}`}. The original plays already.</p>}
      {state === 'TRANSCODING' && (
        <ul className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
          {renditions.map(({ name, percent }) => (
            <li key={name}>
              <div className="mb-1 flex justify-between tabular-nums">
                <span className="font-medium">{name}</span>
                <span className="text-muted">{percent} %</span>
              </div>
              <progress aria-label={`${name} made`} value={percent} max={100} className="bar" />
            </li>
          ))}
        </ul>
      )}
      {state === 'READY' && (
        <p className="text-good">
          Ready in {IN_WORDS[renditions.length]}. <Link href={`/songs/${songId}`} className="underline">Listen</Link>
        </p>
      )}
      {error && state !== 'READY' && (
        <div className="mt-1 flex flex-wrap items-center gap-3">
          <p className="text-danger">{error.message}</p>
          {state === 'FAILED' && (
            <Button icon={<RotateCcw size={14} />} onClick={() => void ask(PROCESS, { songId }).catch(notifyError)}>
              Try again
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
