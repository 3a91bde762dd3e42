import { useSyncExternalStore } from 'react';
import { messageOf } from '../api/api-error.js';

interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'danger';
}

const SHOWN_MS = 6_000;
let toasts: readonly Toast[] = [];
let lastId = 0;
const watchers = new Set<() => void>();

function show(text: string, tone: Toast['tone']): void {
  const toast = { id: ++lastId, text, tone };
  // No second toast of the same kind, which would only cover the page.
  set([...toasts.filter((other) => other.text !== text), toast].slice(-3));
  setTimeout(() => set(toasts.filter(({ id }) => id !== toast.id)), SHOWN_MS);
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const watch of watchers) watch();
}

/** Shows a confirmation for a few seconds. */
export const notify = (text: string): void => show(text, 'plain');

/** Shows why something failed. */
export const notifyError = (error: unknown): void => show(messageOf(error), 'danger');

/** The container of all toasts, once per page; screen readers announce each toast. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => toasts,
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-4 bottom-40 z-50 grid justify-items-center gap-2 md:bottom-28">
      {shown.map(({ id, text, tone }) => (
        <p
          key={id}
          className={`lifted pointer-events-auto max-w-md rounded-xl border bg-raised px-4 py-3 text-sm ${tone === 'danger' ? 'border-danger/60 text-danger' : 'border-line'}`}
        >
          {text}
        </p>
      ))}
    </div>
  );
}
