import { player } from './the-player.js';

const SEEK_SECONDS = 10;
const VOLUME_STEP = 0.05;

/** The keyboard shortcuts, used by the handler and by the help dialog. */
export const SHORTCUTS: readonly { key: string; shown: string; does: string; act: () => void }[] = [
  { key: ' ', shown: 'Space', does: 'Play or pause', act: () => player.toggle() },
  { key: 'ArrowRight', shown: '→', does: '10 seconds on', act: () => skip(SEEK_SECONDS) },
  { key: 'ArrowLeft', shown: '←', does: '10 seconds back', act: () => skip(-SEEK_SECONDS) },
  { key: 'n', shown: 'N', does: 'Next song', act: () => player.next() },
  { key: 'p', shown: 'P', does: 'Previous song', act: () => player.previous() },
  { key: 'ArrowUp', shown: 'Shift ↑', does: 'Louder', act: () => louder(VOLUME_STEP) },
  { key: 'ArrowDown', shown: 'Shift ↓', does: 'Quieter', act: () => louder(-VOLUME_STEP) },
  { key: 'm', shown: 'M', does: 'Mute', act: () => player.setMuted(!player.state.get().muted) },
  { key: 's', shown: 'S', does: 'Shuffle', act: () => player.setShuffle(!player.state.get().queue.unshuffled) },
];

const skip = (seconds: number): void => player.seek(player.clock.get().position + seconds);
const louder = (step: number): void => player.setVolume(player.state.get().volume + step);

/** Shortcuts are off where keys have another meaning: in fields, on buttons, in menus and sliders. */
const ELSEWHERE = 'input, textarea, select, [contenteditable], [role=slider], [role^=menu], [role=listbox], dialog';
const PRESSABLE = 'button, a, summary';

export function listenToKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as Element | null;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target?.closest(ELSEWHERE)) return;
    if (event.key === ' ' && target?.closest(PRESSABLE)) return;
    const shortcut = SHORTCUTS.find(({ key }) => key === (event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!shortcut || player.state.get().queue.index < 0) return;
    // The default action of these keys would scroll the page.
    if (/^Arrow(Up|Down)$/.test(event.key) && !event.shiftKey) return;
    event.preventDefault();
    shortcut.act();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
