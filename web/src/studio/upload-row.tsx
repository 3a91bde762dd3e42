import { CircleCheck, CircleX, Copy, RotateCcw, X } from 'lucide-react';
import { Link } from 'wouter';
import { Button, IconButton } from '../design/button.js';
import { bytes } from '../design/format.js';
import { ProcessingLine } from './processing-line.js';
import { uploads, type UploadItem, type UploadState } from './uploads.js';

const WORDS: Record<UploadState, string> = {
  waiting: 'Waits for its turn',
  sending: 'On its way',
  checking: 'Being checked',
  done: 'Taken',
  refused: 'Refused',
  stopped: 'Stopped',
};

/** One file: the progress of its upload, then of its processing, or the reason of its failure. */
export function UploadRow({ item }: { item: UploadItem }) {
  const { key, file, state, sent, speed, song, error } = item;
  const share = file.size ? sent / file.size : 1;
  const isMoving = state === 'waiting' || state === 'sending' || state === 'checking';
  const existing = error?.code === 'DUPLICATE' ? (error.details['songId'] as string | undefined) : undefined;
  return (
    <li className="rounded-xl border border-line bg-raised p-3 md:p-4">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="truncate text-sm font-medium">{song ? `${song.title}${song.artist ? ` — ${song.artist}` : ''}` : file.name}</p>
          <p className="text-xs text-muted tabular-nums">
            {WORDS[state]}
            {state === 'sending' && ` · ${bytes(sent)} of ${bytes(file.size)}${speed > 0 ? ` · ${bytes(speed)}/s` : ''}`}
            {(state === 'waiting' || state === 'checking') && ` · ${bytes(file.size)}`}
          </p>
        </div>
        {state === 'done' && <CircleCheck size={20} className="text-good" aria-hidden />}
        {state === 'refused' && <CircleX size={20} className="text-danger" aria-hidden />}
        {isMoving && (
          <IconButton label={`Stop ${file.name}`} onClick={() => uploads.stop(key)}>
            <X size={18} />
          </IconButton>
        )}
        {(state === 'stopped' || state === 'refused') && !existing && (
          <IconButton label={`Send ${file.name} again`} onClick={() => uploads.retry(key)}>
            <RotateCcw size={18} />
          </IconButton>
        )}
      </div>
      {isMoving && (
        <progress aria-label={`${file.name} sent`} value={state === 'checking' ? undefined : share} max={1} className="bar mt-2" />
      )}
      {error && (
        <div role="alert" className="mt-2 text-sm text-danger">
          <p>{error.message}</p>
          {existing && (
            <div className="mt-2 flex flex-wrap gap-2">
              <Link href={`/songs/${existing}`} className="inline-flex min-h-10 items-center rounded-full border border-line px-4 text-sm font-semibold text-ink hover:border-muted">
                Show the one we have
              </Link>
              <Button icon={<Copy size={16} />} onClick={() => uploads.retry(key, true)}>
                Keep a second copy
              </Button>
            </div>
          )}
        </div>
      )}
      {song && <ProcessingLine songId={song.id} />}
    </li>
  );
}
