import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { messageOf } from '../api/api-error.js';
import { Button } from '../design/button.js';
import { Field } from '../design/field.js';
import { signIn } from './sign-in.js';

/** One page for signing in and for creating an account. */
export function SignInPage() {
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [params] = useSearchParams();
  const [how, setHow] = useState<'login' | 'register'>('login');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const isNew = how === 'register';

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await signIn(queries, how, String(form.get('email')), String(form.get('password')));
      const wanted = params.get('to') ?? '/';
      // Only to our own pages: a foreign link with "?to=//evil.example" must not redirect.
      go(/^\/(?![/\\])/.test(wanted) ? wanted : '/');
    } catch (reason) {
      setError(messageOf(reason));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="mx-auto max-w-sm pt-8">
      <h1 className="mb-6 text-2xl font-bold">{isNew ? 'Make an account' : 'Sign in'}</h1>
      <form onSubmit={(event) => void submit(event)} className="grid gap-4">
        <Field label="E-mail address" name="email" type="email" autoComplete="username" required maxLength={254} autoFocus />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          hint={isNew ? 'At least 10 characters, and not a common one.' : undefined}
          required
          minLength={isNew ? 10 : undefined}
          maxLength={256}
        />
        {error && (
          <p role="alert" className="text-sm text-danger">
            {error}
          </p>
        )}
        <Button type="submit" look="primary" busy={busy}>
          {isNew ? 'Make the account' : 'Sign in'}
        </Button>
      </form>
      <p className="mt-6 text-sm text-muted">
        {isNew ? 'You have one already? ' : 'New here? '}
        <button type="button" className="font-semibold text-accent hover:underline" onClick={() => setHow(isNew ? 'login' : 'register')}>
          {isNew ? 'Sign in' : 'Make an account'}
        </button>
      </p>
    </div>
  );
}
