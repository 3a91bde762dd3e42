import { RotateCcw } from 'lucide-react';
import { Button } from '../design/button.js';
import { player, usePlayer } from './the-player.js';

/** Shows why nothing plays, with a button to try again. Empty without an error. */
export function TroubleNotice({ className = '' }: { className?: string }) {
  const error = usePlayer((state) => state.error);
  if (!error) return null;
  return (
    <div role="alert" className={`flex flex-wrap items-center justify-center gap-x-4 gap-y-1 text-sm text-danger ${className}`}>
      <p className="min-w-0 wrap-anywhere">{error}</p>
      <Button look="quiet" icon={<RotateCcw size={16} />} onClick={() => player.retry()}>
        Try again
      </Button>
    </div>
  );
}
