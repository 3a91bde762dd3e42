import { useQuery } from '@tanstack/react-query';
import { memo } from 'react';
import { duration } from '../design/format.js';
import { Slider } from './slider.js';

const BARS = 160;
const STEP_SECONDS = 5;

interface WaveformProps {
  peaksUrl: string | null;
  position: number;
  duration: number;
  onSeek: (seconds: number) => void;
  className?: string;
}

/** The waveform of a song; a click seeks. Equal bars while its peaks are loading. */
export function Waveform({ peaksUrl, position, duration: length, onSeek, className = 'h-20' }: WaveformProps) {
  const { data: peaks } = useQuery({
    queryKey: ['peaks', peaksUrl],
    enabled: peaksUrl !== null,
    staleTime: Infinity,
    queryFn: async (): Promise<number[]> => ((await (await fetch(peaksUrl!)).json()) as { peaks: number[] }).peaks,
  });
  return (
    <Slider
      label="Position in the waveform"
      value={position}
      max={length}
      step={STEP_SECONDS}
      text={`${duration(position)} of ${duration(length)}`}
      onChange={onSeek}
      lazy
      className={`relative ${className}`}
    >
      {(share) => (
        <>
          <Shape peaks={peaks} className="fill-ink/25" />
          <div className="absolute inset-0" style={{ clipPath: `inset(0 ${(1 - share) * 100}% 0 0)` }}>
            <Shape peaks={peaks} className="fill-accent" />
          </div>
        </>
      )}
    </Slider>
  );
}

const Shape = memo(function Shape({ peaks, className }: { peaks: number[] | undefined; className: string }) {
  return (
    <svg viewBox={`0 0 ${BARS} 100`} preserveAspectRatio="none" className={`absolute inset-0 size-full ${className}`} aria-hidden>
      {barsOf(peaks).map((height, at) => (
        <rect key={at} x={at + 0.15} y={50 - height / 2} width={0.7} height={height} rx={0.3} />
      ))}
    </svg>
  );
});

/** The peak of each bar, as a height of 3 to 100. */
function barsOf(peaks: number[] | undefined): number[] {
  return Array.from({ length: BARS }, (_, bar) => {
    if (!peaks?.length) return 10;
    const from = Math.floor((bar * peaks.length) / BARS);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / BARS));
    return Math.max(3, Math.max(...peaks.slice(from, to)) * 96);
  });
}
