import { LoaderCircle, Pause, Play, Repeat, Repeat1, Shuffle, SkipBack, SkipForward } from 'lucide-react';
import { IconButton } from '../design/button.js';
import type { Repeat as RepeatMode } from './queue.js';
import { player, usePlayer } from './the-player.js';

const NEXT_REPEAT: Record<RepeatMode, RepeatMode> = { off: 'all', all: 'one', one: 'off' };
const REPEAT_WORDS: Record<RepeatMode, string> = {
  off: 'Repeat: off',
  all: 'Repeat: all',
  one: 'Repeat: this song',
};

/** Buttons for play, pause, next and previous; with `all` also shuffle and repeat. */
export function Transport({ all = true, large = false }: { all?: boolean; large?: boolean }) {
  const wanted = usePlayer(({ status }) => status === 'playing' || status === 'loading');
  const loading = usePlayer(({ status }) => status === 'loading');
  const shuffled = usePlayer(({ queue }) => queue.unshuffled !== null);
  const repeat = usePlayer(({ queue }) => queue.repeat);
  const Symbol = loading ? LoaderCircle : wanted ? Pause : Play;
  return (
    <div className={`flex items-center ${large ? 'gap-3' : 'gap-1'}`}>
      {all && (
        <IconButton label="Shuffle" pressed={shuffled} onClick={() => player.setShuffle(!shuffled)}>
          <Shuffle size={18} />
        </IconButton>
      )}
      <IconButton label="Previous" onClick={() => player.previous()}>
        <SkipBack size={large ? 26 : 20} fill="currentColor" />
      </IconButton>
      <button
        type="button"
        aria-label={wanted ? 'Pause' : 'Play'}
        title={wanted ? 'Pause' : 'Play'}
        onClick={() => player.toggle()}
        className={`grid place-items-center rounded-full bg-ink text-ground transition hover:scale-105 ${large ? 'size-16' : 'size-10'}`}
      >
        <Symbol
          size={large ? 28 : 20}
          fill={loading ? 'none' : 'currentColor'}
          className={loading ? 'animate-spin' : wanted ? '' : 'translate-x-px'}
        />
      </button>
      <IconButton label="Next" onClick={() => player.next()}>
        <SkipForward size={large ? 26 : 20} fill="currentColor" />
      </IconButton>
      {all && (
        <IconButton
          label={REPEAT_WORDS[repeat]}
          pressed={repeat !== 'off'}
          onClick={() => player.setRepeat(NEXT_REPEAT[repeat])}
        >
          {repeat === 'one' ? <Repeat1 size={18} /> : <Repeat size={18} />}
        </IconButton>
      )}
    </div>
  );
}
