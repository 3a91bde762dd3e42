import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  /** Whether the item is the selected one of its group; undefined for a plain action. */
  checked?: boolean;
  danger?: boolean;
  onSelect: () => void;
}

interface MenuProps {
  /** Name of the button for screen readers. */
  label: string;
  trigger: ReactNode;
  items: readonly MenuItem[];
  /** Where the menu opens relative to its button. */
  side?: 'above' | 'below';
  className?: string;
}

/** A button that opens a list of actions (WAI-ARIA menu button): arrows move, Enter acts, Escape closes. */
export function Menu({ label, trigger, items, side = 'below', className = '' }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (open && button.current && list.current) place(list.current, button.current.getBoundingClientRect(), side);
  }, [open, side]);

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
    const elsewhere = (event: PointerEvent) => root.current?.contains(event.target as Node) || setOpen(false);
    // The menu keeps its position, so it closes when its button is scrolled away.
    const away = (event: Event) => list.current?.contains(event.target as Node) || setOpen(false);
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('scroll', away, true);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('scroll', away, true);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const entries = [...(root.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    else if (target !== undefined) entries.at(target % entries.length)?.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={root} className="relative inline-block" onKeyDown={open ? onKeyDown : undefined}>
      <button
        ref={button}
        type="button"
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className={className || 'inline-grid size-10 place-items-center rounded-full transition hover:bg-ink/8'}
      >
        {trigger}
      </button>
      {open && (
        <div
          ref={list}
          id={id}
          role="menu"
          popover="manual"
          aria-label={label}
          className="lifted fixed inset-auto m-0 max-h-80 min-w-48 overflow-auto rounded-xl border border-line bg-raised py-1 text-ink"
        >
          {items.map(({ label: name, icon, checked, danger, onSelect }) => (
            <button
              key={name}
              type="button"
              role={checked === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={checked}
              tabIndex={-1}
              onClick={() => {
                close();
                onSelect();
              }}
              className={`flex w-full items-center gap-3 px-4 py-2 text-left text-sm whitespace-nowrap hover:bg-ink/8 focus:bg-ink/8 focus:outline-none ${danger ? 'text-danger' : ''} ${checked ? 'font-semibold text-accent' : ''}`}
            >
              {icon}
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const GAP = 6;
const MARGIN = 8;

/** Positions the list in the top layer, right-aligned with its button and inside the window. */
function place(list: HTMLElement, anchor: DOMRect, side: 'above' | 'below'): void {
  list.showPopover();
  const { width, height } = list.getBoundingClientRect();
  const fitsBelow = anchor.bottom + GAP + height <= innerHeight - MARGIN;
  const top = side === 'below' && fitsBelow ? anchor.bottom + GAP : anchor.top - GAP - height;
  list.style.top = `${Math.max(MARGIN, top)}px`;
  list.style.left = `${Math.max(MARGIN, Math.min(anchor.right - width, innerWidth - width - MARGIN))}px`;
}
