import { Menu } from '../design/menu.js';
import { offered, qualityBadge } from './quality.js';
import { player, usePlayer } from './the-player.js';

/** A badge with the quality that plays; it opens the choice of qualities. */
export function QualityMenu() {
  const quality = usePlayer((state) => state.quality);
  const badge = usePlayer(qualityBadge);
  const kbps = usePlayer((state) => state.bandwidthKbps);
  const sources = usePlayer((state) => state.sources);
  return (
    <Menu
      label={`Quality: ${badge}${kbps ? `; connection: ${kbps} kbit/s` : ''}`}
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
