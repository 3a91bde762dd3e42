import { useState } from 'react';
import { graphql, type FragmentOf } from '../api/graphql.js';
import { reportLostPicture, usePictureRound } from './lost-pictures.js';

export const ARTWORK = graphql(`
  fragment Artwork on Artwork {
    dominantColour
    placeholder
    images {
      url
      width
      height
      contentType
    }
  }
`);

interface ArtworkProps {
  artwork: FragmentOf<typeof ARTWORK> | null | undefined;
  /** Determines letters and colour of the placeholder. */
  name: string;
  /** Width on the page as in the HTML attribute `sizes`, so that the browser fetches no larger image than needed. */
  sizes: string;
  className?: string;
  /** False for images on the first screen. */
  lazy?: boolean;
}

/** A square cover. Its space is reserved, so that nothing moves when the image arrives. */
export function Artwork({ artwork, name, sizes, className = '', lazy = true }: ArtworkProps) {
  const round = usePictureRound();
  const [lost, setLost] = useState<string>();
  const [first] = artwork?.images.filter(({ contentType }) => contentType === 'image/jpeg') ?? [];
  const attempt = `${round} ${first?.url}`;
  if (!artwork || lost === attempt) return <Monogram name={name} className={className} />;
  return (
    <picture key={round} className={`block aspect-square overflow-hidden bg-sunken ${className}`} style={{ backgroundColor: artwork.dominantColour }}>
      <source type="image/webp" srcSet={srcSet(artwork.images, 'image/webp')} sizes={sizes} />
      <img
        src={first?.url}
        srcSet={srcSet(artwork.images, 'image/jpeg')}
        sizes={sizes}
        width={first?.width ?? 1}
        height={first?.height ?? 1}
        loading={lazy ? 'lazy' : 'eager'}
        decoding="async"
        onError={() => {
          setLost(attempt);
          reportLostPicture();
        }}
        alt=""
        className="size-full bg-cover object-cover"
        style={{ backgroundImage: `url(${artwork.placeholder})` }}
      />
    </picture>
  );
}

const srcSet = (images: FragmentOf<typeof ARTWORK>['images'], type: string): string =>
  images
    .filter(({ contentType }) => contentType === type)
    .map(({ url, width }) => `${url} ${width}w`)
    .join(', ');

/** A placeholder for a missing cover; the same name always looks the same. */
function Monogram({ name, className }: { name: string; className: string }) {
  const hue = hueOf(name);
  return (
    <div
      aria-hidden
      className={`grid aspect-square place-items-center overflow-hidden ${className}`}
      style={{
        containerType: 'inline-size',
        background: `linear-gradient(145deg, oklch(0.62 0.13 ${hue}), oklch(0.36 0.1 ${(hue + 48) % 360}))`,
      }}
    >
      <span className="font-bold text-white/90 select-none" style={{ fontSize: '38cqi', letterSpacing: '-0.04em' }}>
        {initials(name)}
      </span>
    </div>
  );
}

const hueOf = (name: string): number => {
  let hash = 7;
  for (const sign of name) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 3_600;
  return hash / 10;
};

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word))
    .slice(0, 2)
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 63).toLocaleUpperCase())
    .join('') || '♪';
