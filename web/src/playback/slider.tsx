import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';

interface SliderProps {
  label: string;
  value: number;
  max: number;
  /** What a screen reader says instead of the number. */
  text: string;
  /** One press of an arrow key. */
  step: number;
  onChange: (value: number) => void;
  /** Says it only when let go of, for what should not follow every pixel. */
  lazy?: boolean;
  /** Draws it; gets the share passed, 0 to 1. */
  children: (share: number) => ReactNode;
  className?: string;
}

/** A value chosen by dragging (WAI-ARIA slider). The caller draws it: a bar, or a whole waveform. */
export function Slider({ label, value, max, text, step, onChange, lazy = false, children, className = '' }: SliderProps) {
  const element = useRef<HTMLDivElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const shown = dragged ?? value;

  const valueAt = (event: PointerEvent): number => {
    const { left, width } = element.current!.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - left) / width)) * max;
  };
  const follow = (event: PointerEvent) => {
    setDragged(valueAt(event));
    if (!lazy) onChange(valueAt(event));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = {
      ArrowRight: value + step,
      ArrowUp: value + step,
      ArrowLeft: value - step,
      ArrowDown: value - step,
      PageUp: value + step * 6,
      PageDown: value - step * 6,
      Home: 0,
      End: max,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onChange(Math.max(0, Math.min(max, target)));
  };

  return (
    <div
      ref={element}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.round(shown * 100) / 100}
      aria-valuetext={text}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => dragged !== null && follow(event)}
      onPointerUp={(event) => {
        onChange(valueAt(event));
        setDragged(null);
      }}
      onPointerCancel={() => setDragged(null)}
      className={`cursor-pointer touch-none select-none ${className}`}
    >
      {children(max > 0 ? shown / max : 0)}
    </div>
  );
}

/** A thin bar that grows under the pointer. */
export function Bar({ share, buffered = 0 }: { share: number; buffered?: number }) {
  return (
    <div className="group flex h-5 items-center">
      <div className="relative h-1 w-full overflow-hidden rounded-full bg-ink/15 transition-[height] group-hover:h-1.5">
        <div className="absolute inset-y-0 left-0 bg-ink/20" style={{ width: `${buffered * 100}%` }} />
        <div className="absolute inset-y-0 left-0 rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
