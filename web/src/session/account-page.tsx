import { useQueryClient } from '@tanstack/react-query';
import { Keyboard, LogOut } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../api/api-error.js';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { Field } from '../design/field.js';
import { Empty } from '../design/notice.js';
import { chooseTheme, useTheme, type Theme } from '../design/theme.js';
import { notify } from '../design/toast.js';
import { Heading, Section } from '../library/heading.js';
import { SHORTCUTS } from '../playback/keyboard.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { useViewer } from './account.js';
import { signOut } from './sign-in.js';

const CHANGE_PASSWORD = graphql(`
  mutation ChangePassword($current: String!, $next: String!) {
    changePassword(current: $current, next: $next) {
      id
    }
  }
`);

const THEMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

export function AccountPage() {
  const viewer = useViewer();
  const queries = useQueryClient();
  const theme = useTheme();
  const [keys, setKeys] = useState(false);
  if (viewer === undefined) return <PageSkeleton />;
  if (viewer === null) {
    return (
      <Empty title="You are not signed in">
        <Link href="/sign-in?to=/account" className="text-accent underline">Sign in</Link>
      </Empty>
    );
  }
  return (
    <div className="max-w-xl">
      <Heading title="Your account">
        <Button icon={<LogOut size={16} />} onClick={() => void signOut(queries)}>
          Sign out
        </Button>
      </Heading>
      <p className="mb-8 text-sm text-muted">
        Signed in as <strong className="text-ink">{viewer.email}</strong>
        {viewer.role === 'ADMIN' && ', an administrator'}.
      </p>
      <Section title="Looks">
        <div role="radiogroup" aria-label="Looks" className="flex flex-wrap gap-2">
          {(Object.keys(THEMES) as Theme[]).map((each) => (
            <Button key={each} role="radio" aria-checked={each === theme} look={each === theme ? 'primary' : 'secondary'} onClick={() => chooseTheme(each)}>
              {THEMES[each]}
            </Button>
          ))}
        </div>
      </Section>
      <Section title="Keys">
        <Button icon={<Keyboard size={16} />} onClick={() => setKeys(true)}>
          Show the shortcuts
        </Button>
      </Section>
      <Section title="Password">
        <PasswordForm />
      </Section>
      {keys && (
        <Dialog title="Shortcuts" onClose={() => setKeys(false)}>
          <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
            {SHORTCUTS.map(({ shown, does }) => (
              <div key={shown} className="contents">
                <dt>
                  <kbd className="rounded-md border border-line bg-sunken px-2 py-0.5 font-sans text-xs">{shown}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )}
    </div>
  );
}

function PasswordForm() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    setBusy(true);
    setError(null);
    try {
      await ask(CHANGE_PASSWORD, { current: String(data.get('current')), next: String(data.get('next')) });
      form.reset();
      notify('Your password is changed. Every other session has ended.');
    } catch (reason) {
      setError(messageOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <Field label="Present password" name="current" type="password" autoComplete="current-password" required maxLength={256} />
      <Field label="New password" name="next" type="password" autoComplete="new-password" required minLength={10} maxLength={256} hint="At least 10 characters. Your other sessions end." />
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <Button type="submit" busy={busy} className="justify-self-start">
        Change the password
      </Button>
    </form>
  );
}
