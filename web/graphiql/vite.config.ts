import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from '../precompress.js';

/** Built apart from the page, which must not become heavier or more permissive by an editor for developers. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/graphiql/',
  publicDir: false,
  plugins: [react(), precompress(5)],
  build: {
    outDir: '../dist/graphiql',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco, the editor, is 3 MB in one piece.
    chunkSizeWarningLimit: 4_000,
    rolldownOptions: {
      // Packages made for React's server components say "use client", which means nothing to a bundle.
      onLog: (level, log, handle) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && handle(level, log),
    },
  },
});
