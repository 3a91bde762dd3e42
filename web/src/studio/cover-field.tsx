import { ImagePlus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FragmentOf } from '../api/graphql.js';
import { Artwork, type ARTWORK } from '../design/artwork.js';
import { Button } from '../design/button.js';

interface CoverFieldProps {
  artwork: FragmentOf<typeof ARTWORK> | null;
  name: string;
  chosen: File | null;
  onChoose: (file: File) => void;
  className?: string;
}

/** The current or newly chosen cover; an image can be dropped on it. */
export function CoverField({ artwork, name, chosen, onChoose, className = '' }: CoverFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const preview = usePreview(chosen);
  const choose = (files: FileList | null) => files?.[0]?.type.startsWith('image/') && onChoose(files[0]);
  return (
    <div
      className={`flex items-center gap-4 ${className}`}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        choose(event.dataTransfer.files);
      }}
    >
      <div className="size-20 shrink-0 overflow-hidden rounded-lg">
        {preview ? <img src={preview} alt="" width={80} height={80} className="size-full object-cover" /> : <Artwork artwork={artwork} name={name} sizes="80px" />}
      </div>
      <div>
        <Button icon={<ImagePlus size={16} />} onClick={() => input.current?.click()}>
          {artwork ? 'Another cover' : 'Choose a cover'}
        </Button>
        <p className="mt-1 text-xs text-muted">JPEG, PNG, WebP or GIF, up to 20 MB. Dropping one works, too.</p>
      </div>
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp,image/gif"
        aria-label="Cover"
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => choose(event.target.files)}
      />
    </div>
  );
}

function usePreview(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!file) return setUrl(null);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
