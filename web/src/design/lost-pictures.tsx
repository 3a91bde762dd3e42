import { RotateCcw } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { Button } from './button.js';

/** `round` counts the requested tries; `lost` counts the images that failed to load in the current one. */
let state = { round: 0, lost: 0 };
const watchers = new Set<() => void>();

function set(next: typeof state): void {
  state = next;
  for (const watch of watchers) watch();
}

const useLost = () =>
  useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => state,
  );

/** The current round of tries; an image that failed to load in one round is requested again in the next. */
export const usePictureRound = (): number => useLost().round;

export const reportLostPicture = (): void => set({ ...state, lost: state.lost + 1 });

/** Says that images are missing and offers to load them again. Empty while none is missing. */
export function LostPictures() {
  const { lost, round } = useLost();
  if (lost === 0) return null;
  return (
    <div role="status" className="mb-4 flex flex-wrap items-center justify-between gap-x-4 rounded-xl border border-line bg-raised px-4 py-1 text-sm text-muted">
      <p>{lost === 1 ? 'A picture' : 'Pictures'} could not be loaded.</p>
      <Button look="quiet" icon={<RotateCcw size={16} />} onClick={() => set({ round: round + 1, lost: 0 })}>
        Load again
      </Button>
    </div>
  );
}
