import { Menu } from '../design/menu.js';
import { offered, qualityBadge } from './quality.js';
import { player, usePlayer } from './the-player.js';

/** The badge that says what sounds, and opens the choice. */
export function QualityMenu() {
  const quality = usePlayer((state) => state.quality);
  const badge = usePlayer(qualityBadge);
  const kbps = usePlayer((state) => state.bandwidthKbps);
  const sources = usePlayer((state) => state.sources);
  return (
    <Menu
      label={`Quality: ${badge}${kbps ? `; the line gives ${kbps} kbit/s` : ''}`}
      side="above"
      trigger={<span className="tabular-nums">{badge}</span>}
      className="min-h-7 rounded-full border border-line px-2.5 text-xs font-semibold whitespace-nowrap text-muted transition hover:border-muted hover:text-ink"
      items={offered(sources?.qualities).map(({ name, label, about }) => ({
        label: `${label} — ${about}`,
        checked: name === quality,
        onSelect: () => player.setQuality(name),
      }))}
    />
  );
}
