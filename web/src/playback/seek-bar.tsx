import { duration } from '../design/format.js';
import { Bar, Slider } from './slider.js';
import { player, useClock } from './the-player.js';

const STEP_SECONDS = 5;

/** A slider that shows the position in the song and seeks. */
export function SeekBar({ times = true }: { times?: boolean }) {
  const clock = useClock((state) => state);
  const time = 'w-11 text-xs text-muted tabular-nums';
  return (
    <div className="flex w-full items-center gap-2">
      {times && <span className={`${time} text-right`}>{duration(clock.position)}</span>}
      <Slider
        label="Position"
        value={clock.position}
        max={clock.duration}
        step={STEP_SECONDS}
        text={`${duration(clock.position)} of ${duration(clock.duration)}`}
        onChange={(seconds) => player.seek(seconds)}
        lazy
        className="min-w-0 flex-1"
      >
        {(share) => <Bar share={share} buffered={clock.duration ? Math.min(1, clock.bufferedTo / clock.duration) : 0} />}
      </Slider>
      {times && <span className={time}>{duration(clock.duration)}</span>}
    </div>
  );
}
