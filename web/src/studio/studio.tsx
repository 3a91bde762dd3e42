import { Activity, Disc3, ListMusic, Upload } from 'lucide-react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { Empty } from '../design/notice.js';
import { useViewer } from '../session/account.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { AlbumEditor } from './album-editor.js';
import { AlbumList } from './album-list.js';
import { HealthPage } from './health-page.js';
import { SongsTable } from './songs-table.js';
import { UploadPage } from './upload-page.js';

const TABS = [
  { href: '/studio', name: 'Upload', icon: Upload },
  { href: '/studio/songs', name: 'Songs', icon: ListMusic },
  { href: '/studio/albums', name: 'Albums', icon: Disc3 },
  { href: '/studio/health', name: 'Health', icon: Activity },
] as const;

/** The tabs of the studio, for administrators. */
export function Studio() {
  const viewer = useViewer();
  const [path] = useLocation();
  if (viewer === undefined) return <PageSkeleton />;
  if (viewer?.role !== 'ADMIN') {
    return (
      <Empty title="The studio is for administrators">
        <Link href={`/sign-in?to=${path}`} className="text-accent underline">Sign in as one</Link>
      </Empty>
    );
  }
  return (
    <>
      <header className="mb-6">
        <h1 className="mb-4 text-2xl font-bold md:text-3xl">Studio</h1>
        <nav aria-label="Studio" className="flex gap-1 overflow-x-auto border-b border-line">
          {TABS.map(({ href, name, icon: Icon }) => {
            const here = href === '/studio' ? path === href : path.startsWith(href);
            return (
              <Link
                key={href}
                href={href}
                aria-current={here ? 'page' : undefined}
                className={`flex min-h-11 items-center gap-2 border-b-2 px-3 text-sm font-medium md:px-4 ${here ? 'border-accent text-ink' : 'border-transparent text-muted hover:text-ink'}`}
              >
                <Icon size={16} className="hidden sm:block" />
                {name}
              </Link>
            );
          })}
        </nav>
      </header>
      <Switch>
        <Route path="/studio" component={UploadPage} />
        <Route path="/studio/songs" component={SongsTable} />
        <Route path="/studio/albums" component={AlbumList} />
        <Route path="/studio/albums/:id" component={AlbumEditor} />
        <Route path="/studio/health" component={HealthPage} />
        <Route component={NotFound} />
      </Switch>
    </>
  );
}
