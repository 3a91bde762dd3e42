import type { FragmentOf } from '../api/graphql.js';
import { Artwork, type ARTWORK } from '../design/artwork.js';

/** The covers of a playlist's first songs: four as a mosaic, otherwise the first one. */
export function Covers({ covers, name, sizes, lazy }: { covers: readonly FragmentOf<typeof ARTWORK>[]; name: string; sizes: string; lazy?: boolean }) {
  if (covers.length < 4) return <Artwork artwork={covers[0]} name={name} sizes={sizes} lazy={lazy} />;
  return (
    <div className="grid aspect-square grid-cols-2">
      {covers.slice(0, 4).map((artwork, at) => (
        <Artwork key={at} artwork={artwork} name={name} sizes="120px" lazy={lazy} />
      ))}
    </div>
  );
}
