import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110',
  secondary: 'bg-raised text-ink border border-line hover:border-muted',
  quiet: 'text-ink hover:bg-ink/8',
  danger: 'text-danger border border-danger/50 hover:bg-danger/10',
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: ReactNode;
  busy?: boolean;
}

/** A button with text. While `busy` it keeps its size and is disabled. */
export function Button({ look = 'secondary', icon, busy = false, children, className = '', ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-full px-4 text-sm font-semibold transition disabled:opacity-50 ${LOOKS[look]} ${className}`}
    >
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Text for screen readers and the tooltip. */
  label: string;
  pressed?: boolean;
}

/** A button with an icon only; 40 px, large enough for touch. */
export function IconButton({ label, pressed, children, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      {...rest}
      aria-label={label}
      aria-pressed={pressed}
      className={`inline-grid size-10 shrink-0 place-items-center rounded-full transition hover:bg-ink/8 disabled:opacity-35 ${pressed ? 'text-accent' : ''} ${className}`}
    >
      {children}
    </button>
  );
}
