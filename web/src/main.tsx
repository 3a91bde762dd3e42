import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { codeOf } from './api/api-error.js';
import { SESSION_ENDED_EVENT } from './api/subscriptions.js';
import { App } from './app.js';
import './design/theme.css';
import { preloadWhenIdle } from './playback/hls-engine.js';
import { listenToKeys } from './playback/keyboard.js';
import { showOnLockScreen } from './playback/media-session.js';
import { viewerQuery } from './session/account.js';

/** Codes of errors that a retry cannot change. */
const FINAL = new Set(['NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED', 'BAD_INPUT', 'ABORTED']);

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: (failures, error) => failures < 2 && !FINAL.has(codeOf(error)) },
  },
});

addEventListener(SESSION_ENDED_EVENT, () => void queries.invalidateQueries(viewerQuery));
listenToKeys();
showOnLockScreen();
preloadWhenIdle();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
