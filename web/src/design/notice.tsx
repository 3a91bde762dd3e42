import { RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { messageOf } from '../api/api-error.js';
import { Button } from './button.js';

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  /** What the user can do about it. */
  children?: ReactNode;
}

/** Replaces an empty list: says that there is nothing yet, and what to do. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-3 px-4 py-16 text-center">
      {icon && <div className="text-muted">{icon}</div>}
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="text-sm text-muted">{children}</div>
    </div>
  );
}

/** Replaces content that could not be loaded: the reason, and a button to try again. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div role="alert" className="mx-auto grid max-w-md justify-items-center gap-4 px-4 py-16 text-center">
      <p className="text-sm">{messageOf(error)}</p>
      {onRetry && (
        <Button icon={<RotateCcw size={16} />} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Reserves the space of content that is loading. */
export const Skeleton = ({ className = '' }: { className?: string }) => (
  <div aria-hidden className={`animate-pulse rounded-lg bg-ink/8 ${className}`} />
);
