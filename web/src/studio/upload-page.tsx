import { FileAudio, FolderOpen } from 'lucide-react';
import { useRef, useState, type DragEvent } from 'react';
import { Button } from '../design/button.js';
import { plural } from '../design/format.js';
import { useStore } from '../playback/store.js';
import { filesOf } from './dropped-files.js';
import { UploadRow } from './upload-row.js';
import { uploads } from './uploads.js';

const TAKEN = 'audio/*,.mp3,.m4a,.aac,.flac,.ogg,.opus,.wav,.aiff,.aif,.wma,.webm';

/** The page for uploads: files or whole folders are dropped or chosen; each file shows its progress and result. */
export function UploadPage() {
  const items = useStore(uploads.store, (state) => state.items);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void filesOf(event.dataTransfer).then((files) => uploads.add(files));
  };
  const refused = items.filter(({ state }) => state === 'refused').length;
  const done = items.filter(({ state }) => state === 'done').length;
  return (
    <>
      <section
        aria-label="Drop files here"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={`mb-8 grid justify-items-center gap-3 rounded-2xl border-2 border-dashed px-4 py-12 text-center transition ${over ? 'border-accent bg-accent/10' : 'border-line bg-raised'}`}
      >
        <FileAudio size={40} className="text-muted" aria-hidden />
        <p className="text-lg font-semibold">Drop songs or folders here</p>
        <p className="max-w-md text-sm text-muted">
          MP3, M4A, FLAC, Ogg, Opus, WAV, AIFF, WMA, WebM. Every file is decoded to its end before it is taken, so what is in the library plays.
        </p>
        <Button look="primary" icon={<FolderOpen size={16} />} onClick={() => input.current?.click()}>
          Choose files
        </Button>
        <input
          ref={input}
          type="file"
          multiple
          accept={TAKEN}
          aria-label="Files to upload"
          className="sr-only"
          tabIndex={-1}
          onChange={(event) => {
            uploads.add([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </section>
      {items.length > 0 && (
        <section aria-label="Uploads">
          <header className="mb-2 flex items-center justify-between">
            <p className="text-sm text-muted" role="status">
              {plural(items.length, 'file')}, {done} taken{refused > 0 && `, ${refused} refused`}
            </p>
            <Button look="quiet" onClick={() => uploads.clear()}>
              Clear finished
            </Button>
          </header>
          <ul className="grid gap-2">
            {items.map((item) => (
              <UploadRow key={item.key} item={item} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
